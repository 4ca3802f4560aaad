import { readFile, realpath, stat } from 'node:fs/promises'
import { text as readText } from 'node:stream/consumers'
import { findDefinitionFiles } from '../catalog/definition-files.ts'
import { fixText } from '../definition/fix.ts'
import { decodeSource } from '../definition/source.ts'
import { validateText } from '../definition/validate.ts'
import { AuthoringError } from './authoring-error.ts'
import { EXIT } from './exit-code.ts'
import { msSince, type Printer } from './printer.ts'
import { sayProblems } from './problem-line.ts'
import { writeWhole } from './write-whole.ts'

/** What was put right, and where. */
interface Fixed {
  readonly file: string
  /** In words. */
  readonly change: string
}

/** Put right what has one right answer in each of these files. */
export async function fixFiles(
  { note, detail, progress }: Printer,
  paths: readonly string[],
): Promise<readonly Fixed[]> {
  const fixed: Fixed[] = []
  const files = await findDefinitionFiles(paths)
  const fixing = progress('Fixing')
  try {
    for (const [index, file] of files.entries()) {
      const started = performance.now()
      const changes = await fixFile(file)
      detail(`${file}: ${changes.length === 0 ? 'left as it is' : 'written'} after ${msSince(started)}`)
      fixing.update(index + 1, files.length)
      for (const change of changes) fixed.push({ file, change })
    }
  } finally {
    fixing.end()
    for (const { file, change } of fixed) note(`${file}: ${change}`)
  }
  return fixed
}

async function fixFile(path: string): Promise<readonly string[]> {
  const bytes = await readFile(path)
  if ('problem' in decodeSource(bytes)) return []
  // The decoder has taken the byte order mark off; it belongs to what stays as it is.
  const before = bytes.toString()
  const { text, changes } = fixText(before)
  if (text === before) return []
  // The file behind a link is replaced, not the link, and its permissions stay.
  const file = await realpath(path)
  await writeWhole(file, text, { replace: true, mode: (await stat(file)).mode })
  return changes
}

/** One definition from standard input to standard output, put right; its problems go to standard error. */
export async function fixStandardInput(printer: Printer, paths: readonly string[]): Promise<number> {
  if (paths.length > 1) throw new AuthoringError('--fix takes files and folders, or - alone.', EXIT.usage)
  const { text, changes } = fixText(await readText(process.stdin))
  process.stdout.write(text)
  for (const change of changes) printer.note(`-: ${change}`)
  const { problems, document } = validateText(text)
  sayProblems(printer, '-', problems)
  return document ? EXIT.ok : EXIT.failure
}
