import type { Command } from 'commander'
import type { Problem } from '../definition/problem.ts'
import { EXIT } from './exit-code.ts'
import { plural } from './plural.ts'
import { sayProblems } from './problem-line.ts'
import { addServerOption } from './server-address.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'

interface ReloadOptions extends SessionOptions {
  readonly tool?: string
  readonly message?: string
}

const RELOAD = `mutation Reload($input: ReloadCatalogInput!) {
  reloadCatalog(input: $input) {
    __typename
    ... on ReloadCatalogSuccess {
      reload { trigger outcome revision created updated deleted unchanged files durationMs }
    }
    ... on ReloadFailedError { problems { file line column severity code message path } }
    ... on Error { code message }
  }
}`

/** As GraphQL spells it. */
interface ReloadProblem extends Omit<Problem, 'severity'> {
  readonly file: string
  readonly severity: 'ERROR' | 'WARNING'
}

interface Reload {
  readonly outcome: string
  readonly revision: string | null
  readonly created: number
  readonly updated: number
  readonly deleted: number
  readonly unchanged: number
  readonly files: number
  readonly durationMs: number
}

interface ReloadResult {
  readonly __typename: string
  readonly message?: string
  readonly problems?: readonly ReloadProblem[]
  readonly reload?: Reload
}

/** `tool-catalog reload`: bring a running server's catalog up to date with its folder. */
export function addReloadCommand(program: Command, setExit: (code: number) => void): void {
  const reload = program
    .command('reload')
    .description('Let a running server reload the folder that it follows (WATCH_DIR)')
    .option('--tool <name>', 'only the file of this tool')
    .option('-m, --message <text>', 'why, for the history')
    .option('--json', 'the result as JSON')
    .addHelpText(
      'after',
      '\nThe key comes from TOOL_CATALOG_KEY, or from login; it takes the role editor.\n\nExamples:\n  tool-catalog reload --message "May review"\n  tool-catalog reload --tool grep',
    )
  addServerOption(reload).action(async (options: ReloadOptions) => setExit(await runReload(options)))
}

async function runReload({ tool, message, ...options }: ReloadOptions): Promise<number> {
  const session = openSession(options)
  const input = { ...(tool === undefined ? {} : { tool }), ...(message === undefined ? {} : { message }) }
  const { reloadCatalog: result } = await session.ask<{ reloadCatalog: ReloadResult }>(RELOAD, { input })
  if (session.json) session.printJson(result)
  else printResult(session, result)
  return result.reload ? EXIT.ok : EXIT.failure
}

function printResult(session: Session, { reload, problems = [], message = '' }: ReloadResult): void {
  for (const { file, severity, ...problem } of problems)
    sayProblems(session, file, [{ ...problem, severity: severity === 'ERROR' ? 'error' : 'warning' }])
  if (!reload) {
    session.complain(message)
    return
  }
  const { created, updated, deleted, unchanged, files, revision, durationMs } = reload
  const counts = Object.entries({ created, updated, deleted, unchanged }).filter(([, count]) => count > 0)
  const summary = counts.map(([outcome, count]) => `${count} ${outcome}`).join(', ') || 'nothing to do'
  const end = revision === null ? 'no new revision' : `revision ${revision}`
  session.print(`${plural(files, 'file')}: ${summary}; ${end} (${Math.round(durationMs)} ms)`)
}
