import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Plan, PROFILES } from '../k6/profiles.ts'
import { parseSamples } from '../monitor/series.ts'
import type { Sample } from '../monitor.ts'
import { K6_FILES } from '../run/k6-command.ts'
import { type K6Record, operationRows, parseRecord } from './k6-record.ts'
import { clientPlots, resourcePlots } from './plots.ts'
import { STYLE } from './style.ts'
import { escapeHtml, htmlTable } from './text.ts'
import { type K6Summary, thresholdRows, verdictOf } from './thresholds.ts'

/** What is known of a run besides its figures. */
export interface Run {
  readonly plan: Plan
  readonly startedAt: string
  readonly url: string
  /** Generated tools, and on what; undefined for a server that was there already. */
  readonly own: { readonly tools: number; readonly database: string } | undefined
  readonly machine: string
  readonly versions: string
  /** Why the server's own figures are not there. */
  readonly notTold: string | undefined
}

export const RUN_FILE = 'run.json'
export const MONITOR_FILE = 'monitor.ndjson'
const REPORT_FILE = 'report.html'

const VERDICTS = {
  held: 'Every threshold was held',
  late: 'Nothing was wrong but that something took too long',
  broken: 'Thresholds were crossed',
} as const

export interface Figures {
  readonly run: Run
  readonly summary: K6Summary
  readonly record: K6Record
  readonly samples: readonly Sample[]
}

/** Everything that a run left in its folder. */
export function readFigures(folder: string): Figures {
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  return {
    run: JSON.parse(read(RUN_FILE)) as Run,
    summary: JSON.parse(read(K6_FILES.summary)) as K6Summary,
    record: parseRecord(read(K6_FILES.record)),
    samples: parseSamples(read(MONITOR_FILE)),
  }
}

/** Draw the report of a run beside its figures. @returns its path */
export function writeReport(folder: string, figures: Figures): string {
  const dashboard = join(folder, K6_FILES.dashboard)
  const file = join(folder, REPORT_FILE)
  writeFileSync(file, drawReport(figures, existsSync(dashboard) ? readFileSync(dashboard, 'utf8') : undefined))
  return file
}

/**
 * One page with everything in it: our plots, and k6's own dashboard in a frame, where its script draws. The frame is of the
 * page's own origin: without storage that script draws nothing.
 */
export function drawReport({ run, summary, record, samples }: Figures, dashboard: string | undefined): string {
  const { profile, model, stretch } = run.plan
  const thresholds = thresholdRows(summary)
  const verdict = verdictOf(thresholds)
  const times = [...record.snapshots, ...samples].map(({ at }) => at)
  const span = { from: Math.min(...times), to: Math.max(...times) }
  const title = `Load: ${profile}, ${model === 'arrival' ? 'arrival rate' : 'closed model'}`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(title)}</h1>
<p><span class="verdict ${verdict}">${VERDICTS[verdict]}</span></p>
<p class="soft">${describe(run, summary, stretch).map(escapeHtml).join('<br>')}</p>
<h2>Thresholds</h2>
<div class="scroll">${htmlTable(
    ['figure', 'limit', 'measured', ''],
    thresholds.map(({ metric, limit, value, isHeld }) => [metric, limit, value, isHeld ? 'held' : 'crossed']),
    (i) => (thresholds[i]?.isHeld ? 'good' : 'bad'),
  )}</div>
<h2>Operations, as clients saw them</h2>
<div class="scroll">${operationTable(record)}</div>
<h2>What clients saw</h2>
<div class="plots">${clientPlots(record, span).join('\n')}</div>
<h2>What it cost</h2>
${run.notTold === undefined ? '' : `<p class="note">The server does not tell its own figures: ${escapeHtml(run.notTold)} Its event loop, garbage collection, connections and caches are not shown.</p>`}
<div class="plots">${resourcePlots(samples, span).join('\n')}</div>
${serverTables(samples)}
<h2>k6's own dashboard</h2>
${dashboard === undefined ? '<p class="note">k6 wrote none: the run was too short.</p>' : `<details open><summary>Drawn by k6</summary><iframe sandbox="allow-scripts allow-same-origin" title="k6 dashboard" srcdoc="${escapeHtml(dashboard)}"></iframe></details>`}
</body></html>
`
}

function describe(
  { plan, startedAt, url, own, machine, versions }: Run,
  summary: K6Summary,
  stretch: number,
): string[] {
  const { what, stages, subscribers, writesPerSecond } = PROFILES[plan.profile]
  const unit = plan.model === 'arrival' ? 'requests a second' : 'users'
  const steps = stages.map(({ users, seconds }, i) => {
    const before = stages[i - 1]?.users ?? 0
    return `${before === users ? `${users} for` : `to ${users} in`} ${seconds * stretch} s`
  })
  const writes = plan.writes ? `${writesPerSecond} writes a second` : 'no writes'
  return [
    `${what}: ${unit} ${steps.join(', ')}; ${subscribers} subscribers; ${writes}.`,
    `${startedAt}, ${Math.round(summary.state.testRunDurationMs / 1_000)} s, ${own ? `a server of its own with ${own.tools} tools on ${own.database}` : url}.`,
    `${machine}; ${versions}.`,
  ]
}

function operationTable(record: K6Record): string {
  const head = ['operation', 'requests', 'failed', 'p50 ms', 'p95 ms', 'p99 ms', 'most ms']
  const rows = operationRows(record)
  return htmlTable(
    head,
    rows.map(({ name, requests, failed, p50, p95, p99, most }) => [name, requests, failed, p50, p95, p99, most]),
    (i) => (rows[i]?.failed ? 'bad' : ''),
  )
}

/** The server's own count, when it was asked the last time. */
function serverTables(samples: readonly Sample[]): string {
  const last = samples.findLast(({ statistics }) => statistics)?.statistics
  if (!last) return ''
  const operations = last.operations.map(({ name, count, errors, p50Ms, p95Ms, p99Ms }) => [
    name,
    count,
    errors,
    p50Ms,
    p95Ms,
    p99Ms,
  ])
  const caches = last.caches.map(({ name, hits, misses, evictions, entries, bytes }) => [
    name,
    hits,
    misses,
    hits + misses > 0 ? `${((hits / (hits + misses)) * 100).toFixed(1)} %` : '',
    evictions,
    entries,
    Math.round(bytes / 1024),
  ])
  return `<h2>Operations, as the server counts them</h2>
<div class="scroll">${htmlTable(['operation', 'count', 'errors', 'p50 ms', 'p95 ms', 'p99 ms'], operations)}</div>
<h2>Caches at the end</h2>
<div class="scroll">${htmlTable(['cache', 'hits', 'misses', 'hit rate', 'evictions', 'entries', 'KiB'], caches)}</div>`
}
