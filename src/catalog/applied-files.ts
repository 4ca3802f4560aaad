import { createHash } from 'node:crypto'
import { readFormerName } from '../definition/definition.ts'
import { hasErrors } from '../definition/problem.ts'
import { validateText } from '../definition/validate.ts'
import type { AppliedFile } from './apply-definitions.ts'
import { InvalidInputError, type LabelledProblem } from './errors.ts'
import { prepareItem } from './import.ts'

/** A definition file as it is. */
export interface DefinitionFile {
  /** In its folder, with `/` between its parts. */
  readonly path: string
  readonly text: string
}

/** Most files of one apply: one change set, and one transaction. */
export const MOST_FILES = 5_000
const LONGEST_PATH = 1_000
/** Nobody reads more at once; the rest shows when these are mended. */
const MOST_PROBLEMS = 500

/**
 * @param onChecked called with the number of files that are checked so far
 * @throws InvalidInputError with every problem of every file
 */
export function readAppliedFiles(
  files: readonly DefinitionFile[],
  onChecked: (count: number) => void = () => {},
): AppliedFile[] {
  if (files.length > MOST_FILES)
    throw new InvalidInputError(
      `At most ${MOST_FILES} files at once, not ${files.length}: give parts of them a source each`,
    )
  checkPaths(files)
  const problems: LabelledProblem[] = []
  const read = files.flatMap(({ path, text }, index): AppliedFile[] => {
    const { document, problems: own } = validateText(text)
    onChecked(index + 1)
    if (problems.length < MOST_PROBLEMS) problems.push(...own.map((problem) => ({ ...problem, label: path })))
    if (!document) return []
    const item = prepareItem(path, document)
    const digest = createHash('sha256').update(text).digest('hex')
    return [{ path, digest, name: item.name, version: item.version, item, renamedFrom: readFormerName(document) }]
  })
  if (hasErrors(problems))
    throw new InvalidInputError('Some of the definitions are not valid; nothing was applied', problems)
  return read
}

/** What the catalog remembers a file by. */
function checkPaths(files: readonly DefinitionFile[]): void {
  const paths = new Set(files.map(({ path }) => path))
  if (paths.size < files.length) throw new InvalidInputError('Two files have the same path')
  for (const path of paths)
    if (path === '' || path.length > LONGEST_PATH)
      throw new InvalidInputError(`The path of a file must have 1 to ${LONGEST_PATH} characters`)
}
