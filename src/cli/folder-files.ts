import { readFile, stat } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import { type DefinitionFile, readAppliedFiles } from '../catalog/applied-files.ts'
import { findDefinitionFiles } from '../catalog/definition-files.ts'
import { InvalidInputError } from '../catalog/errors.ts'
import { formatProblem } from '../definition/problem.ts'
import { decodeSource } from '../definition/source.ts'
import { plural } from './plural.ts'
import { msSince, type Printer, type Progress } from './printer.ts'

/**
 * Every definition file of a folder, by its path in it, all of them valid.
 * @throws InvalidInputError with every problem of every file; the file system's error for a folder that is not there
 */
export async function readFolder({ progress, detail }: Printer, folder: string): Promise<DefinitionFile[]> {
  if (!(await stat(folder)).isDirectory())
    throw new InvalidInputError(`${folder} is no folder. Name the folder that holds every file of the source.`)
  const started = performance.now()
  const files: DefinitionFile[] = []
  const problems: string[] = []
  for (const place of await findDefinitionFiles([folder])) {
    const decoded = decodeSource(await readFile(place))
    if ('problem' in decoded) problems.push(formatProblem(place, decoded.problem))
    else files.push({ path: relative(folder, place).split(sep).join('/'), text: decoded.text })
  }
  problems.push(...problemLines(folder, files, progress('Checking')))
  if (problems.length > 0) throw new InvalidInputError(problems.join('\n'))
  detail(`${folder}: ${plural(files.length, 'file')} read and checked after ${msSince(started)}`)
  return files
}

function problemLines(folder: string, files: readonly DefinitionFile[], checking: Progress): string[] {
  try {
    readAppliedFiles(files, (count) => checking.update(count, files.length))
    return []
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    const errors = error.problems.filter(({ severity }) => severity === 'error')
    return [...errors.map(({ label = '', ...problem }) => formatProblem(`${folder}/${label}`, problem)), error.message]
  } finally {
    checking.end()
  }
}
