import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { secondsOf } from './k6/profiles.ts'
import { Monitor } from './monitor.ts'
import { MONITOR_FILE, RUN_FILE, type Run, readFigures, writeReport } from './report/report.ts'
import { thresholdRows, verdictOf } from './report/thresholds.ts'
import { findK6, HOW_TO_GET_K6, K6_FILES, startK6, type Target, versionOf } from './run/k6-command.ts'
import { type LoadOptions, readOptions, UsageError } from './run/options.ts'
import { startOwnServer } from './run/own-server.ts'
import { summaryLines } from './run/summary-lines.ts'

// npm run load: k6 on a server, a monitor beside it, and one report of both. See load/README.md.
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const GIB = 1024 ** 3
/** As in sysexits.h, where it has one. Late: nothing but a threshold of time was crossed, and it may be held the next time. */
const EXIT = { held: 0, broken: 1, usage: 2, unavailable: 69, software: 70, late: 75, interrupted: 130 } as const
/** k6 ends with this when a threshold was crossed. */
const K6_CROSSED = 99

const undone: (() => unknown)[] = []
let isInterrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void leave())

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)))
} catch (error) {
  const isUsage = error instanceof UsageError
  // Whatever was under way fails when it is interrupted, and that is no news.
  if (!isInterrupted) console.error(isUsage ? error.message : error)
  process.exitCode = isUsage ? EXIT.usage : EXIT.software
} finally {
  await tidy()
}

async function main(options: LoadOptions): Promise<number> {
  if (options.redraw !== undefined) {
    console.log(writeReport(options.redraw, readFigures(options.redraw)))
    return EXIT.held
  }
  const k6 = findK6()
  if (k6 === undefined) {
    console.error(HOW_TO_GET_K6)
    return EXIT.unavailable
  }
  const startedAt = new Date().toISOString()
  const folder = join(ROOT, 'load/out', `${startedAt.replaceAll(':', '-').slice(0, 19)}-${options.plan.profile}`)
  mkdirSync(folder, { recursive: true })
  const { target, pid, own, ended } = await openTarget(options, folder)
  const { profile, model } = options.plan
  const what = own ? `${own.tools} tools, ${own.database}` : target.url
  console.log(`${profile}, ${model}, ${Math.round(secondsOf(options.plan))} s: ${what}`)
  const load = runLoad(k6, options, target, pid, folder)
  const fell = await Promise.race([ended, load.then(() => undefined)])
  if (fell !== undefined) throw new Error(`the server ended with ${fell} under the load: see ${folder}/server.log`)
  const { code, notTold } = await load
  const said = linesOf(join(folder, K6_FILES.log))
  if (code !== 0 && code !== K6_CROSSED) throw new Error(`k6 ended with ${code}: ${said.at(-1)}`)
  const versions = `Node ${process.version}, ${versionOf(k6)}`
  return report(folder, { plan: options.plan, startedAt, url: target.url, own, machine: machine(), versions, notTold })
}

/** Draw the report of a run that is over, and print what it came to. @returns the exit code */
function report(folder: string, run: Run): number {
  writeFileSync(join(folder, RUN_FILE), `${JSON.stringify(run, null, 2)}\n`)
  const figures = readFigures(folder)
  const file = writeReport(folder, figures)
  const log = join(folder, K6_FILES.log)
  const said = linesOf(log).length > 0 ? [`What k6 said: ${log}`] : []
  console.log(['', ...summaryLines(figures), '', ...said, `Report: ${file}`].join('\n'))
  return EXIT[verdictOf(thresholdRows(figures.summary))]
}

function machine(): string {
  const cores = cpus()
  return `${cores.length} × ${cores[0]?.model.trim()}, ${Math.round(totalmem() / GIB)} GiB`
}

/** The server that is loaded: the one that was named, or one of our own. */
async function openTarget({ url, pid, tools, builds }: LoadOptions, folder: string) {
  if (url !== undefined) {
    const { TOOL_CATALOG_KEY: key, TOOL_CATALOG_READER_KEY: readerKey = key } = process.env
    return { target: { url, key, readerKey }, pid, own: undefined, ended: new Promise<never>(() => {}) }
  }
  if (builds) {
    const compiler = join(ROOT, 'node_modules/.bin/tsc')
    execFileSync(compiler, ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' })
  }
  const server = await startOwnServer({ tools, logFile: join(folder, 'server.log') }, (undo) => undone.unshift(undo))
  return { target: server, pid: server.pid, own: { tools, database: server.database }, ended: server.ended }
}

async function runLoad(k6: string, { plan }: LoadOptions, target: Target, pid: number | undefined, folder: string) {
  const child = startK6(k6, plan, target, folder)
  undone.unshift(() => child.kill('SIGKILL'))
  const file = join(folder, MONITOR_FILE)
  const monitor = new Monitor({ url: target.url, key: target.key, pid, k6: () => child.pid, file })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  await monitor.stop()
  return { code: code ?? signal, notTold: monitor.notTold }
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
}

async function leave(): Promise<void> {
  isInterrupted = true
  await tidy()
  process.exit(EXIT.interrupted)
}

/** Nothing of ours goes on running, and no database stays, also when something failed or was interrupted. */
async function tidy(): Promise<void> {
  for (const undo of undone.splice(0)) await undo()
}
