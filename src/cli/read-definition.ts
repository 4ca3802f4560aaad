import { InvalidInputError } from '../catalog/errors.ts'
import type { JsonObject } from '../definition/json.ts'
import { formatProblem, hasErrors } from '../definition/problem.ts'
import { serialise } from '../definition/serialise.ts'
import { readSource } from './sources.ts'

/**
 * The one definition of a file, or of standard input (`-`), checked.
 * @throws InvalidInputError with every problem; the file system's error for a file that is not there
 */
export async function readOneDefinition(
  path: string,
): Promise<{ readonly document: JsonObject; readonly text: string }> {
  const [source, another] = await readSource(path, { stream: false })
  if (another) throw new InvalidInputError(`${path} holds several definitions: give one.`)
  const { document, problems = [] } = source?.validation ?? {}
  if (document && !hasErrors(problems)) return { document, text: serialise(document, 'json') }
  const lines = problems.filter(({ severity }) => severity === 'error').map((problem) => formatProblem(path, problem))
  throw new InvalidInputError([...lines, `${path} holds no valid definition.`].join('\n'))
}
