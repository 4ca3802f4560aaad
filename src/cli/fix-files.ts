import { chmod, readFile, realpath, stat } from 'node:fs/promises'
import { text as readText } from 'node:stream/consumers'
import { findDefinitionFiles } from '../catalog/definition-files.ts'
import { fixText } from '../definition/fix.ts'
import { formatProblem } from '../definition/problem.ts'
import { decodeSource } from '../definition/source.ts'
import { validateText } from '../definition/validate.ts'
import { AuthoringError } from './authoring-error.ts'
import { EXIT } from './exit-code.ts'
import { writeWhole } from './write-whole.ts'

/** Put right what has one right answer in each of these files. What was changed is said on standard error. */
export async function fixFiles(paths: readonly string[]): Promise<void> {
  for (const path of await findDefinitionFiles(paths)) {
    const decoded = decodeSource(await readFile(path))
    if ('problem' in decoded) continue
    // The decoder has taken the byte order mark off; it belongs to what stays as it is.
    const before = await readFile(path, 'utf8')
    const { text, changes } = fixText(before)
    if (text === before) continue
    await replaceFile(path, text)
    for (const change of changes) process.stderr.write(`${path}: ${change}\n`)
  }
}

/** The file behind a link is replaced, not the link, and its permissions stay. */
async function replaceFile(path: string, text: string): Promise<void> {
  const file = await realpath(path)
  const { mode } = await stat(file)
  await writeWhole(file, text, { replace: true })
  await chmod(file, mode)
}

/** One definition from standard input to standard output, put right; its problems go to standard error. */
export async function fixStandardInput(paths: readonly string[]): Promise<number> {
  if (paths.length > 1) throw new AuthoringError('--fix takes files and folders, or - alone.', EXIT.usage)
  const { text, changes } = fixText(await readText(process.stdin))
  process.stdout.write(text)
  for (const change of changes) process.stderr.write(`-: ${change}\n`)
  const { problems, document } = validateText(text)
  for (const problem of problems) process.stderr.write(`${formatProblem('-', problem)}\n`)
  return document ? EXIT.ok : EXIT.failure
}
