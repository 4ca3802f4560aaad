import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Database } from '../../src/db/database.ts'
import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { Stand } from './stand.ts'
import { readHead } from './truth.ts'
import { eventually } from './wait.ts'

const PROCESSES = 2
const WRITERS = 8
/** Of each writer in one run: 100 runs are 32,000 writes. */
const WRITES = 20
const AUDIT_EVERY = 25

/** F6: 16 writers in two processes, whose transactions overlap; a follower reads on from the last revision that it saw. */
export const outOfOrder: Fault = {
  id: 'F6',
  title: '16 writers whose transactions overlap',
  figure: 's for 320 writes',
  open: async (lab: Lab) => {
    const cluster = await lab.cluster()
    const stand = await Stand.create({ cluster, folder: lab.folder, name: 'f6', replicas: 0 })
    const { rows } = await stand.database.pool.query<{ id: string }>(`SELECT id FROM tools WHERE name = 'tool-0'`)
    const workers = await Promise.all(
      Array.from({ length: PROCESSES }, () => startWorker(cluster.url('f6'), rows[0]?.id ?? '')),
    )
    return {
      run: (context) => runOnce(stand, workers, context),
      close: async () => {
        const findings = await stand.audit()
        for (const worker of workers) worker.kill()
        await stand.close()
        return findings
      },
    }
  },
}

async function startWorker(url: string, toolId: string): Promise<ChildProcess> {
  const path = fileURLToPath(new URL('commit-worker.ts', import.meta.url))
  const worker = fork(path, [url, toolId, 'tool-0'], { execArgv: ['--import', 'tsx'] })
  await once(worker, 'message')
  return worker
}

async function runOnce(stand: Stand, workers: readonly ChildProcess[], { number }: RunContext): Promise<Outcome> {
  const { head: start } = await readHead(stand.database)
  const follower = new Follower(stand.database, start)
  const startedAt = performance.now()
  const made = await Promise.all(workers.map((worker) => letWrite(worker)))
  const seconds = (performance.now() - startedAt) / 1_000
  const { head, findings } = await readHead(stand.database)
  await follower.stop(head)
  const seen = new Set(follower.seen)
  const missed = Array.from({ length: head - start }, (_, index) => start + index + 1).filter((one) => !seen.has(one))
  const told = new Set(made.flat())
  const misses = [
    ...findings,
    ...missed.map((revision) => `reliable: the follower never saw ${revision}`),
    ...(told.size === PROCESSES * WRITERS * WRITES ? [] : [`unique: ${told.size} revisions were told`]),
    ...(head - start === told.size ? [] : [`durable: ${head - start} revisions were made, ${told.size} were told`]),
    ...(number % AUDIT_EVERY === 0 ? await stand.audit() : []),
  ]
  return { misses, said: `${told.size} writes, ${follower.reads} reads of the log`, figure: seconds }
}

async function letWrite(worker: ChildProcess): Promise<number[]> {
  worker.send({ writers: WRITERS, writes: WRITES })
  const [revisions] = (await once(worker, 'message')) as [string[]]
  return revisions.map(Number)
}

/** Reads the log again and again, always behind the last revision that it saw: what commits late below that is lost. */
class Follower {
  readonly seen: number[] = []
  reads = 0
  readonly #database: Database
  #last: number
  #isStopped = false
  readonly #done: Promise<void>

  constructor(database: Database, start: number) {
    this.#database = database
    this.#last = start
    this.#done = this.#follow()
  }

  async stop(head: number): Promise<void> {
    await eventually(() => this.#last >= head, 5_000)
    this.#isStopped = true
    await this.#done
  }

  async #follow(): Promise<void> {
    while (!this.#isStopped) {
      const { rows } = await this.#database.pool.query<{ revision: number }>(
        'SELECT revision::int AS revision FROM change_sets WHERE revision > $1 ORDER BY revision',
        [this.#last],
      )
      this.reads++
      this.seen.push(...rows.map(({ revision }) => revision))
      this.#last = this.seen.at(-1) ?? this.#last
    }
  }
}
