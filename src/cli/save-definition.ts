import { existsSync } from 'node:fs'
import { readIdentity } from '../definition/definition.ts'
import { validateText } from '../definition/validate.ts'
import { AuthoringError } from './authoring-error.ts'
import { EXIT } from './exit-code.ts'
import type { Printer } from './printer.ts'
import { sayProblems } from './problem-line.ts'
import { saveDraft } from './save-draft.ts'
import type { Session } from './session.ts'
import { writeWhole } from './write-whole.ts'

/** Where a new definition goes. */
export interface Destination {
  /** File to write; `-` for standard output. */
  readonly file: string | undefined
  readonly overwrite: boolean
  /** Server that gets it as a draft. */
  readonly server: Session | undefined
}

/**
 * Check a text, and save it to a file, to a server as a draft, or both. The draft comes first: a server may refuse.
 * @throws AuthoringError when it has errors; then nothing was saved
 */
export async function saveDefinition(
  printer: Printer,
  text: string,
  { file, overwrite, server }: Destination,
): Promise<void> {
  if (file === '-' && printer.json)
    throw new AuthoringError('--output - prints the definition itself: leave out --json.', EXIT.usage)
  const { document, problems } = checkText(printer, text, file)
  if (file !== undefined && file !== '-' && !overwrite && existsSync(file)) throw existsError(file)
  const { name, version } = readIdentity(document)
  // What is said must not get into the definition, when that goes to standard output.
  const say = file === '-' || printer.json ? printer.note : printer.print
  const draft = server && { url: server.address.url, revision: await saveDraft(server, document) }
  if (draft) say(`${name} ${version} is a draft on ${draft.url} now (revision ${draft.revision})`)
  if (file === '-') process.stdout.write(text)
  else if (file !== undefined) {
    await writeWhole(file, text, { replace: overwrite }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? existsError(file) : error
    })
    say(`${name} ${version} is in ${file} now`)
  }
  if (draft) printer.note(publishHint(`${name}@${version}`))
  else if (file !== '-') printer.note(publishHint(file ?? name))
  if (printer.json) printer.printJson({ tool: name, version, file: file ?? null, draft: draft ?? null, problems })
}

/** What comes next, for who does not know yet. */
export function publishHint(what: string): string {
  return `Publish it: tool-catalog publish ${what}`
}

/** Warnings are said; errors end it. */
function checkText(printer: Printer, text: string, file: string | undefined) {
  const { problems, document } = validateText(text)
  const label = file === undefined || file === '-' ? 'definition' : file
  sayProblems(printer, label, problems)
  if (!document) throw new AuthoringError('Nothing was saved.')
  return { document, problems }
}

function existsError(file: string): AuthoringError {
  return new AuthoringError(`${file} is there already. Choose another file with --output, or replace it with --force.`)
}
