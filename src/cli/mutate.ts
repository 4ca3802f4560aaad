import { type Command, InvalidArgumentError } from 'commander'
import { formatProblem, type Problem } from '../definition/problem.ts'
import { ServerError } from './server-error.ts'
import type { Session } from './session.ts'
import { unknownTool, unknownVersion } from './tool-name.ts'

/** What every mutation that succeeded answers. */
export interface Done {
  readonly __typename: string
  readonly revision: string
  readonly dryRun: boolean
  readonly changes: readonly { readonly kind: string; readonly toolName: string; readonly version: string | null }[]
}

interface Refusal {
  readonly __typename: string
  readonly code: string
  readonly message: string
  readonly problems?: readonly (Omit<Problem, 'severity'> & {
    readonly severity: 'ERROR' | 'WARNING'
    readonly label?: string | null
  })[]
  readonly differences?: readonly { readonly path: string; readonly reason: string }[]
}

/** Options of every command that changes the catalog. */
export interface WriteOptions {
  readonly message?: string
  readonly dryRun?: boolean
  readonly expectedRevision?: string
}

export function addWriteOptions(command: Command): Command {
  return command
    .option('-m, --message <text>', 'why, for the history')
    .option('--dry-run', 'say what would happen, and change nothing')
    .option(
      '--expected-revision <revision>',
      'revision of the tool that you have seen: refused when it is another one',
      parseRevision,
    )
}

export function parseRevision(text: string): string {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('Must be a revision: digits.')
  return text
}

/** The options that are given, as the input of a mutation says them. */
export function writeInput({ message, dryRun, expectedRevision }: WriteOptions): Record<string, unknown> {
  return {
    ...(message === undefined ? {} : { message }),
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(expectedRevision === undefined ? {} : { expectedRevision }),
  }
}

/**
 * Send one mutation.
 * @param select fields and fragments beside those of every result
 * @throws ServerError when it is refused: then nothing was changed
 */
export async function mutate<T extends object>(
  session: Session,
  name: string,
  input: Readonly<Record<string, unknown>>,
  select = '',
): Promise<Done & T> {
  const type = name.charAt(0).toUpperCase() + name.slice(1)
  const query = `mutation ${type}($input: ${type}Input!) { ${name}(input: $input) { __typename
    ... on MutationSuccess { revision dryRun changes { kind toolName version } }
    ... on InvalidInputError { problems { severity code message path line column label } }
    ... on Error { code message } ${select} } }`
  const answer = await session.ask<Record<string, (Done & T) | Refusal>>(query, { input })
  const result = answer[name]
  if (!result) throw new Error(`${name} answers nothing`)
  if (!('code' in result)) return result
  if (session.json) session.printJson(result)
  throw await refusal(session, name, input, result)
}

/** What was refused, with what there is instead of what is not there. */
async function refusal(
  session: Session,
  mutation: string,
  { tool, version, toVersion }: Readonly<Record<string, unknown>>,
  result: Refusal,
): Promise<ServerError> {
  const wanted = version ?? toVersion
  if (result.__typename === 'ToolNotFoundError' && mutation === 'restoreTool')
    return new ServerError(`${result.message}. tool-catalog list --deleted shows what can be brought back.`, 'refused')
  if (result.__typename === 'ToolNotFoundError' && typeof tool === 'string') return unknownTool(session, tool)
  if (result.__typename === 'VersionNotFoundError' && typeof tool === 'string' && typeof wanted === 'string')
    return unknownVersion(session, tool, wanted)
  return new ServerError(refusalText(result), 'refused')
}

export function refusalText({
  message,
  problems = [],
  differences = [],
}: Pick<Refusal, 'message' | 'problems' | 'differences'>): string {
  const lines = problems
    .filter(({ severity }) => severity === 'ERROR')
    .map(({ label, ...problem }) => formatProblem(label ?? 'definition', { ...problem, severity: 'error' }))
  return [message, ...lines, ...differences.map(({ path, reason }) => `${path}: ${reason}`)].join('\n  ')
}

/** The end of a sentence about a mutation. */
export function endingOf({ dryRun, changes, revision }: Done): string {
  if (dryRun) return changes.length === 0 ? 'dry run: nothing would change' : 'dry run: nothing was changed'
  return changes.length === 0 ? 'nothing to change' : `revision ${revision}`
}
