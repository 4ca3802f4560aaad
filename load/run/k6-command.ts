import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plan } from '../k6/profiles.ts'

/** The version that CI installs. */
export const K6_PACKAGE = 'go.k6.io/k6@v1.8.1'

export const HOW_TO_GET_K6 = `k6 is not there: neither in PATH nor where Go installs commands.
Install it with Go 1.24 or newer:
  go install ${K6_PACKAGE}
or as https://grafana.com/docs/k6/latest/set-up/install-k6/ says.`

const SCRIPT = fileURLToPath(new URL('../k6/catalog.ts', import.meta.url))

/** k6 of PATH, or the one that `go install` made. */
export function findK6(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = [...(environment.PATH ?? '').split(delimiter), environment.GOBIN, join(goPath(environment), 'bin')]
  return folders.flatMap((folder) => (folder ? join(folder, 'k6') : [])).find(isExecutable)
}

function goPath({ GOPATH, HOME = homedir() }: NodeJS.ProcessEnv): string {
  if (GOPATH) return GOPATH.split(delimiter)[0] ?? GOPATH
  try {
    return execFileSync('go', ['env', 'GOPATH'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return join(HOME, 'go')
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export function versionOf(k6: string): string {
  return execFileSync(k6, ['version'], { encoding: 'utf8' }).trim()
}

export interface Target {
  readonly url: string
  /** Of who writes and follows. */
  readonly key: string | undefined
  readonly readerKey: string | undefined
}

/** Files that k6 leaves in the folder of a run. */
export const K6_FILES = {
  record: 'k6.ndjson',
  dashboard: 'k6-dashboard.html',
  summary: 'k6-summary.json',
  log: 'k6.log',
} as const

/** Start k6 on a plan. Keys go through the environment: other users of the machine can read arguments. */
export function startK6(k6: string, plan: Plan, { url, key, readerKey }: Target, folder: string): ChildProcess {
  const isTerminal = process.stdout.isTTY
  return spawn(k6, ['run', ...(isTerminal ? [] : ['--quiet', '--no-color']), SCRIPT], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      TOOL_CATALOG_URL: url,
      TOOL_CATALOG_KEY: key ?? '',
      TOOL_CATALOG_READER_KEY: readerKey ?? '',
      LOAD_PROFILE: plan.profile,
      LOAD_MODEL: plan.model,
      LOAD_STRETCH: String(plan.stretch),
      LOAD_WRITES: String(plan.writes),
      LOAD_SUMMARY: join(folder, K6_FILES.summary),
      // A server that is overrun gives a warning for each request.
      K6_LOG_OUTPUT: `file=${join(folder, K6_FILES.log)}`,
      K6_NO_USAGE_REPORT: 'true',
      K6_WEB_DASHBOARD: 'true',
      // No port: a report, and nothing that listens.
      K6_WEB_DASHBOARD_PORT: '-1',
      K6_WEB_DASHBOARD_PERIOD: '1s',
      K6_WEB_DASHBOARD_TAGS: 'name,scenario',
      K6_WEB_DASHBOARD_EXPORT: join(folder, K6_FILES.dashboard),
      K6_WEB_DASHBOARD_RECORD: join(folder, K6_FILES.record),
    },
  })
}
