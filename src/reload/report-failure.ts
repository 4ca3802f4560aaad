import type { ReloadProblem } from '../catalog/reload-log.ts'
import type { Logger } from '../logger.ts'

/** Most problems of one reload that are kept, and of which the log has the place. */
const MOST_PROBLEMS = 500
const MOST_LOGGED = 5

/** What is kept of the problems of a folder: errors before warnings. */
export function boundedProblems(problems: readonly ReloadProblem[]): readonly ReloadProblem[] {
  const ofSeverity = (severity: string) => problems.filter((problem) => problem.severity === severity)
  return [...ofSeverity('error'), ...ofSeverity('warning')].slice(0, MOST_PROBLEMS)
}

/** One line for one failure, with the first places to look at. */
export function logFailure(
  logger: Logger,
  {
    trigger,
    actor,
    requestId,
    tool,
  }: { trigger: string; actor: string; requestId?: string | undefined; tool?: string | undefined },
  report: { readonly error: string | undefined; readonly problems: readonly ReloadProblem[] },
  cause: unknown,
): void {
  const errors = report.problems.filter(({ severity }) => severity === 'error')
  const places = errors
    .slice(0, MOST_LOGGED)
    .map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`)
  logger.warn(
    { trigger, actor, requestId, tool, reason: report.error, problems: errors.length, places, err: cause },
    'Reload failed; the last good catalog is served',
  )
}
