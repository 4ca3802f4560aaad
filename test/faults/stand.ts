import { join } from 'node:path'
import { createApiKey } from '../../src/auth/api-keys.ts'
import { compactHistory } from '../../src/changes/compact.ts'
import { verifyChain } from '../../src/changes/verify.ts'
import { readConfig } from '../../src/config.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { aDefinition, aPattern, importAll } from '../support/fixtures.ts'
import type { Cluster } from './cluster.ts'
import type { OpenFault, Outcome, RunContext } from './fault.ts'
import { CAPABILITIES, type OwnTool, PLATFORMS } from './operations.ts'
import { Replica } from './replica.ts'
import { recordTruth } from './truth.ts'
import { eventually } from './wait.ts'
import { Wire } from './wire.ts'

export type Keys = Readonly<Record<'admin' | 'editor' | 'reader', string>>

export interface StandOptions {
  /** The PostgreSQL server: one of the runner's own, or any other. */
  readonly cluster: Pick<Cluster, 'administer' | 'port' | 'url'>
  /** Folder for the logs. */
  readonly folder: string
  readonly name: string
  readonly replicas?: number
  readonly environment?: Record<string, string>
  /** Whether each replica reaches the database through a proxy. */
  readonly isWired?: boolean
}

const WRITERS = 12
const TOOLS_OF_WRITER = 3

/** A database with some tools in it, replicas that serve it, and what one needs to look behind them. */
export class Stand {
  readonly database: Database
  readonly replicas: readonly Replica[]
  readonly wires: readonly Wire[]
  readonly keys: Keys
  readonly tools: readonly (readonly OwnTool[])[]
  readonly #options: StandOptions
  #compacting: NodeJS.Timeout | undefined
  #isCompacting = false

  private constructor(options: StandOptions, parts: Pick<Stand, 'database' | 'replicas' | 'wires' | 'keys' | 'tools'>) {
    this.#options = options
    this.database = parts.database
    this.replicas = parts.replicas
    this.wires = parts.wires
    this.keys = parts.keys
    this.tools = parts.tools
  }

  static async create(options: StandOptions): Promise<Stand> {
    const { cluster, name, environment = {}, folder, isWired = false } = options
    await cluster.administer(`CREATE DATABASE ${name}`)
    const database = await openDatabase(readConfig({ DATABASE_URL: cluster.url(name), DATABASE_POOL_MIN: '0' }))
    await database.migrate()
    await recordTruth(database)
    const wires: Wire[] = []
    const replicas: Replica[] = []
    for (const letter of ['a', 'b', 'c'].slice(0, options.replicas ?? 2)) {
      const wire = isWired ? new Wire(() => cluster.port) : undefined
      if (wire) wires.push(wire)
      const url = cluster.url(name, await wire?.listen())
      const log = join(folder, `${name}-${letter}.log`)
      replicas.push(await Replica.create(letter, log, { DATABASE_URL: url, ...environment }))
    }
    const stand = new Stand(options, {
      database,
      replicas,
      wires,
      keys: await createKeys(database),
      tools: await createTools(database),
    })
    await Promise.all(replicas.map((replica) => replica.start()))
    return stand
  }

  /** Compact every 200 ms, down to so many revisions: those who are further back have to begin anew. */
  startCompaction(revisions: number): void {
    this.#compacting = setInterval(() => void this.#compact(revisions), 200)
  }

  async stopCompaction(): Promise<void> {
    clearInterval(this.#compacting)
    await eventually(() => !this.#isCompacting, 10_000)
  }

  /** Falls of processes that nobody ended. */
  falls(): string[] {
    return this.replicas.flatMap(({ falls }) => falls.splice(0))
  }

  /** What is wrong with the audit chain. */
  async audit(): Promise<string[]> {
    const { firstBad } = await verifyChain(this.database)
    return firstBad ? [`audit: revision ${firstBad.revision} is bad: ${firstBad.reason}`] : []
  }

  async close(): Promise<void> {
    await this.stopCompaction()
    await Promise.all(this.replicas.map((replica) => replica.kill()))
    await Promise.all(this.wires.map((wire) => wire.close()))
    await this.database.close()
    await this.#options.cluster.administer(`DROP DATABASE IF EXISTS ${this.#options.name} WITH (FORCE)`)
  }

  async #compact(revisions: number): Promise<void> {
    if (this.#isCompacting) return
    this.#isCompacting = true
    // It fails while the database is away, and the next one will do.
    await compactHistory(this.database, { revisions, hours: 0 }).catch(() => {})
    this.#isCompacting = false
  }
}

/** A fault on this stand: when its runs are over the audit chain is verified, and everything closed. */
export function onStand(stand: Stand, runOnce: (stand: Stand, context: RunContext) => Promise<Outcome>): OpenFault {
  return {
    run: (context) => runOnce(stand, context),
    close: async () => {
      const findings = await stand.audit()
      await stand.close()
      return findings
    },
  }
}

export async function createKeys(database: Database): Promise<Keys> {
  const create = async (role: keyof Keys) =>
    (await createApiKey(database, { name: `faults-${role}`, role, createdBy: 'faults', expiresAt: undefined })).key
  return { admin: await create('admin'), editor: await create('editor'), reader: await create('reader') }
}

/** Three tools for each writer, of every platform and capability. */
export async function createTools(database: Database): Promise<OwnTool[][]> {
  const names = Array.from({ length: WRITERS * TOOLS_OF_WRITER }, (_, index) => `tool-${index}`)
  const documents = names.map((tool_name, index) =>
    aDefinition({
      tool_name,
      platform: PLATFORMS[index % PLATFORMS.length] ?? 'linux',
      capabilities: {
        [CAPABILITIES[(index >> 1) % CAPABILITIES.length] ?? 'c']: { description: 'd', patterns: { p: aPattern() } },
      },
    }),
  )
  await importAll(database, documents)
  const tools = names.map((name): OwnTool => ({ name, enabled: true, status: 'ACTIVE', drafts: 0 }))
  return Array.from({ length: WRITERS }, (_, writer) =>
    tools.slice(writer * TOOLS_OF_WRITER, (writer + 1) * TOOLS_OF_WRITER),
  )
}
