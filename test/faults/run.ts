import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isBusy, untilCalm } from './calm.ts'
import { Cluster } from './cluster.ts'
import type { Fault, Lab, OpenFault, Outcome } from './fault.ts'
import { FAULTS } from './faults.ts'
import { seededRandom } from './random.ts'
import { Replica, ROOT } from './replica.ts'

// npm run faults: inject faults into real replicas under load, and judge what every client saw. See docs/robustness.md.
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '3' },
    only: { type: 'string' },
    seed: { type: 'string', default: String(Date.now()) },
    'no-build': { type: 'boolean', default: false },
  },
})

interface Tally {
  readonly fault: Fault
  runs: number
  voids: number
  /** Runs that were late, and in time when they were repeated. */
  late: number
  passed: number
  worst: number
  readonly misses: string[]
}

/** A fault whose runs do not count so many times over cannot be judged here and now. */
const MOST_VOID = 3
/** What is late so many times more is late for a reason of ours. */
const MOST_REPEATS = 2
/** Broken: a promise was. Late: nothing but that something took too long. */
const EXIT = { ok: 0, broken: 1, late: 2, notJudged: 3 } as const

const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-faults-'))
let cluster: Promise<Cluster> | undefined
const lab: Lab = {
  folder,
  cluster: () => {
    cluster ??= Cluster.create(mkdtempSync(join(tmpdir(), 'tool-catalog-faults-pg-')))
    return cluster
  },
}

if (!values['no-build']) {
  const compiler = join(ROOT, 'node_modules/.bin/tsc')
  execFileSync(compiler, ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' })
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void leave())

const wanted = values.only?.split(',')
const chosen = FAULTS.filter(({ id }) => wanted?.includes(id) ?? true)
const tallies: Tally[] = []
process.stdout.write(`seed ${values.seed}, logs and histories in ${folder}\n`)
for (const fault of chosen) tallies.push(await runFault(fault, Number(values.count)))
await tidy()
printTable(tallies)
const hasMissed = tallies.some(({ misses }) => misses.length > 0)
if (hasMissed) process.stdout.write(`Kept: ${folder}\n`)
else rmSync(folder, { recursive: true, force: true })
const isJudged = tallies.every(({ runs, misses }) => runs === Number(values.count) || misses.length > 0)
if (!isJudged) process.stdout.write('Some faults were not judged: the machine was too busy, or the load too low\n')
const isBroken = tallies.some(({ misses }) => misses.some((one) => !one.startsWith('late:')))
process.exit(isBroken ? EXIT.broken : hasMissed ? EXIT.late : isJudged ? EXIT.ok : EXIT.notJudged)

async function leave(): Promise<void> {
  print('Interrupted: what comes from here on says nothing')
  // Whatever was under way fails now, and that is no news.
  for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, () => {})
  await tidy()
  process.exit(130)
}

/** Nothing of ours goes on running, also when something failed or was interrupted. */
async function tidy(): Promise<void> {
  for (const child of Replica.running) child.kill('SIGKILL')
  await (await cluster)?.destroy()
}

async function runFault(fault: Fault, count: number): Promise<Tally> {
  const tally: Tally = { fault, runs: 0, voids: 0, late: 0, passed: 0, worst: 0, misses: [] }
  let opened: OpenFault | undefined
  try {
    opened = await fault.open(lab)
    while (tally.runs < count && tally.voids <= Math.max(MOST_VOID, count)) await runOnce(opened, tally)
  } catch (error) {
    miss(tally, [`the runner failed: ${error instanceof Error ? error.stack : String(error)}`])
  }
  miss(tally, await (opened?.close() ?? Promise.resolve([])).catch((error: Error) => [`closing: ${error.stack}`]))
  return tally
}

async function runOnce(opened: OpenFault, tally: Tally): Promise<void> {
  const { id } = tally.fault
  const number = tally.runs + 1
  const attempt = number + tally.voids
  const history = join(folder, `${id}-${number}`)
  const run = async () => {
    await untilCalm()
    const random = seededRandom(`${values.seed}/${id}/${attempt}`)
    const label = `${id.toLowerCase()}-${attempt + tally.late}`
    return opened.run({ number: attempt, label, random, folder: history })
  }
  let outcome = await run()
  for (let again = 0; again < MOST_REPEATS && isOnlyLate(outcome); again++) {
    // Somebody else may have had the machine: what is late for a reason of ours is late again.
    print(`${id} run ${number}: late, and run again: ${outcome.misses.join('; ')}`)
    tally.late++
    outcome = await run()
  }
  const reason = reasonToIgnore(outcome)
  if (reason !== undefined) {
    tally.voids++
    return print(`${id} run ${number}: void, ${reason} (${outcome.misses.join('; ') || 'no miss'})`)
  }
  tally.runs++
  tally.worst = Math.max(tally.worst, outcome.figure)
  if (outcome.misses.length === 0) tally.passed++
  print(`${id} run ${number}: ${outcome.misses.length === 0 ? 'ok' : 'MISS'}, ${describe(outcome, tally.fault)}`)
  if (outcome.misses.length > 0) mkdirSync(history, { recursive: true })
  miss(tally, outcome.misses, history)
}

function isOnlyLate({ misses, weakness }: Outcome): boolean {
  return weakness === undefined && misses.length > 0 && misses.every((one) => one.startsWith('late:'))
}

/** Whatever is wrong counts, but for what is late on a machine that had something else to do. */
function reasonToIgnore({ misses, weakness }: Outcome): string | undefined {
  if (misses.some((one) => !one.startsWith('late:'))) return undefined
  if (weakness !== undefined) return `${weakness} before the fault`
  return misses.length > 0 && isBusy() ? 'the machine is busy' : undefined
}

function miss(tally: Tally, misses: readonly string[], history?: string): void {
  tally.misses.push(...misses)
  for (const one of misses.slice(0, 10)) print(`  ${one}`)
  if (misses.length > 10) print(`  … and ${misses.length - 10} more`)
  if (history !== undefined && misses.length > 0) writeFileSync(join(history, 'misses.txt'), misses.join('\n'))
}

function describe({ said, figure }: Outcome, fault: Fault): string {
  return `${said}, ${figureOf(figure)} ${fault.figure}`
}

function figureOf(figure: number): string {
  return figure >= 100 ? String(Math.round(figure)) : figure.toFixed(2).replace(/\.?0+$/, '')
}

function printTable(rows: readonly Tally[]): void {
  print('\nfault  runs  void  late  passed  worst')
  for (const { fault, runs, voids, late, passed, worst, misses } of rows) {
    const cells = [
      fault.id.padEnd(5),
      ...[runs, voids, late].map((value) => String(value).padStart(4)),
      String(passed).padStart(6),
    ]
    const verdict =
      misses.length > 0 ? `  MISSED: ${misses.length} findings` : runs < Number(values.count) ? '  NOT JUDGED' : ''
    print(`${cells.join('  ')}  ${figureOf(worst)} ${fault.figure}: ${fault.title}${verdict}`)
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
