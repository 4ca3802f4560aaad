import type { Command } from 'commander'
import { formatProblem, type Problem } from '../definition/problem.ts'
import { askServer } from './ask-server.ts'
import { EXIT } from './exit-code.ts'
import { addServerOption, serverAddress } from './server-address.ts'
import { plural } from './validate.ts'

interface ReloadOptions {
  readonly url?: string
  readonly tool?: string
  readonly message?: string
  readonly json?: boolean
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
    .option('--message <text>', 'why, for the history')
    .option('--json', 'the result as JSON')
    .addHelpText(
      'after',
      '\nThe key comes from TOOL_CATALOG_KEY, or from login; it takes the role editor.\n\nExamples:\n  tool-catalog reload --message "May review"\n  tool-catalog reload --tool grep',
    )
  addServerOption(reload).action(async (options: ReloadOptions) => setExit(await runReload(options)))
}

async function runReload({ url, tool, message, json }: ReloadOptions): Promise<number> {
  const address = serverAddress(url === undefined ? {} : { url })
  const input = { ...(tool === undefined ? {} : { tool }), ...(message === undefined ? {} : { message }) }
  const { reloadCatalog: result } = await askServer<{ reloadCatalog: ReloadResult }>(address, RELOAD, { input })
  if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  else printResult(result)
  return result.reload ? EXIT.ok : EXIT.failure
}

function printResult({ reload, problems = [], message = '' }: ReloadResult): void {
  for (const { file, severity, ...problem } of problems)
    process.stderr.write(
      `${formatProblem(file, { ...problem, severity: severity === 'ERROR' ? 'error' : 'warning' })}\n`,
    )
  if (!reload) return void process.stderr.write(`${message}\n`)
  const { created, updated, deleted, unchanged, files, revision, durationMs } = reload
  const counts = Object.entries({ created, updated, deleted, unchanged }).filter(([, count]) => count > 0)
  const summary = counts.map(([outcome, count]) => `${count} ${outcome}`).join(', ') || 'nothing to do'
  const end = revision === null ? 'no new revision' : `revision ${revision}`
  process.stdout.write(`${plural(files, 'file')}: ${summary}; ${end} (${Math.round(durationMs)} ms)\n`)
}
