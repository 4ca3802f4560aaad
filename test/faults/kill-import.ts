import { join } from 'node:path'
import { call } from './call.ts'
import type { Cluster } from './cluster.ts'
import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { type Command, IMPORTER, startImport, writeDefinitions } from './imports.ts'
import { between } from './random.ts'
import { Stand } from './stand.ts'
import { readTruth } from './truth.ts'
import { eventually, sleep } from './wait.ts'

/** What the issue asks for, in the first run and in every twentieth; the rest has three batches. */
const MANY = { tools: 10_000, writingMs: 6_000 }
const SOME = { tools: 3_000, writingMs: 4_000 }
/** `IMPORT_BATCH` of src/catalog/import.ts: so many changes commit whole or not at all. */
const BATCH = 1_000
const EDITOR_WAIT_MS = 1_000

/** F17: `kill -9` of an import at a random point, while an editor goes on working. */
export const killImport: Fault = {
  id: 'F17',
  title: 'kill -9 of a bulk import',
  figure: 's that an editor waited at most',
  open: async (lab: Lab) => {
    const cluster = await lab.cluster()
    return { run: (context) => runOnce(lab, cluster, context), close: async () => [] }
  },
}

async function runOnce(lab: Lab, cluster: Cluster, { number, label, random }: RunContext): Promise<Outcome> {
  const name = label.replace('-', '_')
  const stand = await Stand.create({ cluster, folder: lab.folder, name, replicas: 1 })
  const { tools: count, writingMs } = number % 20 === 1 ? MANY : SOME
  const path = join(lab.folder, 'f17.jsonl')
  writeDefinitions(path, name, count)
  const editor = new Editor(stand)
  const left = await killSomewhere(stand, startImport(cluster.url(name), path), between(random, 0, writingMs))
  const again = await startImport(cluster.url(name), path).ended
  const waits = await editor.stop()
  const sizes = await batchSizes(stand)
  const { rows } = await stand.database.pool.query<{ tools: number }>(
    'SELECT count(*)::int AS tools FROM tools WHERE starts_with(name, $1)',
    [`${name}-`],
  )
  const slowest = Math.max(0, ...waits)
  const misses = [
    ...(left % BATCH === 0 ? [] : [`all or nothing: ${left} tools were there after the kill`]),
    ...(again.code === 0 ? [] : [`the second import ended with ${again.code}: ${again.output.slice(-300)}`]),
    ...(rows[0]?.tools === count ? [] : [`${rows[0]?.tools} tools of ${count} are there`]),
    ...(sizes.every((size) => size === BATCH) ? [] : [`all or nothing: batches of ${sizes.join()}`]),
    ...(slowest <= EDITOR_WAIT_MS ? [] : [`late: an editor waited ${Math.round(slowest)} ms`]),
    ...editor.findings,
    ...stand.falls(),
    ...(await stand.audit()),
  ]
  await stand.close()
  return { misses, said: `${left} of ${count} were in, ${waits.length} edits`, figure: slowest / 1_000 }
}

/** Gives how many tools of the import are there when it is dead and its last transaction is over. */
async function killSomewhere(stand: Stand, { child, ended }: Command, afterMs: number): Promise<number> {
  const count = async () => {
    const { rows } = await stand.database.pool.query<{ tools: number; open: number }>(
      `SELECT (SELECT count(*)::int FROM tools WHERE name LIKE 'f17%') AS tools,
        (SELECT count(*)::int FROM pg_stat_activity WHERE xact_start IS NOT NULL AND application_name = '${IMPORTER}') AS open`,
    )
    return rows[0] ?? { tools: 0, open: 0 }
  }
  // Most of the time goes into reading and checking: what is of interest begins with the first transaction.
  await eventually(async () => child.exitCode !== null || (await count()).open > 0, 60_000, 5)
  await sleep(afterMs)
  child.kill('SIGKILL')
  await ended
  await eventually(async () => (await count()).open === 0, 10_000)
  return (await count()).tools
}

async function batchSizes({ database }: Stand): Promise<number[]> {
  const truth = await readTruth(database, 1)
  return truth
    .filter(({ events }) => events.some(({ kind }) => kind === 'ToolCreated'))
    .map(({ events }) => events.length)
}

/** Goes on editing another tool, and notes how long each edit took. */
class Editor {
  readonly findings: string[] = []
  readonly #waits: number[] = []
  readonly #stand: Stand
  readonly #done: Promise<void>
  #isStopped = false

  constructor(stand: Stand) {
    this.#stand = stand
    // Nobody waits for it until it is stopped.
    this.#done = this.#edit().catch((error: Error) => void this.findings.push(`an edit broke: ${error.message}`))
  }

  async stop(): Promise<number[]> {
    this.#isStopped = true
    await this.#done
    return this.#waits
  }

  async #edit(): Promise<void> {
    const [replica] = this.#stand.replicas
    for (let enabled = false; replica && !this.#isStopped; enabled = !enabled) {
      const query = `mutation { setToolEnabled(input: { tool: "tool-0", enabled: ${enabled} }) { __typename } }`
      const answer = await call({ url: replica.url, key: this.#stand.keys.editor }, query)
      this.#waits.push(answer.ms)
      if (answer.data?.setToolEnabled?.__typename !== 'SetToolEnabledSuccess')
        this.findings.push(`an edit failed: ${JSON.stringify(answer.data ?? answer.errors)}`)
      await sleep(50)
    }
  }
}
