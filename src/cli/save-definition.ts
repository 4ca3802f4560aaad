import { existsSync } from 'node:fs'
import { readIdentity } from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import { formatProblem } from '../definition/problem.ts'
import { type Validation, validateText } from '../definition/validate.ts'
import { AuthoringError } from './authoring-error.ts'
import { saveDraft } from './save-draft.ts'
import type { ServerAddress } from './server-address.ts'
import { writeWhole } from './write-whole.ts'

/** Where a new definition goes. */
export interface Destination {
  /** File to write; `-` for standard output. */
  readonly file: string | undefined
  readonly overwrite: boolean
  /** Server that gets it as a draft. */
  readonly server: ServerAddress | undefined
}

/**
 * Check a text, and save it to a file, to a server as a draft, or both. The draft comes first: a server may refuse.
 * @throws AuthoringError when it has errors; then nothing was saved
 */
export async function saveDefinition(text: string, { file, overwrite, server }: Destination): Promise<void> {
  const document = checkedDocument(text, file)
  if (file !== undefined && file !== '-' && !overwrite && existsSync(file)) throw existsError(file)
  const { name, version } = readIdentity(document)
  if (server) {
    const revision = await saveDraft(server, document)
    process.stderr.write(`${name} ${version} is a draft on ${server.url} now (revision ${revision})\n`)
  }
  if (file === '-') process.stdout.write(text)
  else if (file !== undefined) {
    await writeWhole(file, text, { replace: overwrite }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? existsError(file) : error
    })
    process.stderr.write(`${name} ${version} is in ${file} now\n`)
  }
}

/** Warnings are said; errors end it. */
function checkedDocument(text: string, file: string | undefined): JsonObject {
  const { problems, document }: Validation = validateText(text)
  const label = file === undefined || file === '-' ? 'definition' : file
  for (const problem of problems) process.stderr.write(`${formatProblem(label, problem)}\n`)
  if (!document) throw new AuthoringError('Nothing was saved.')
  return document
}

function existsError(file: string): AuthoringError {
  return new AuthoringError(`${file} is there already. Choose another file with --output, or replace it with --force.`)
}
