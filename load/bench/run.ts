import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { Arena } from './arena.ts'
import { type Contestant, chooseContestants, SERVERS } from './contestants.ts'
import { type BenchDatabase, createDatabase, fillDatabase, query, writeDefinitions } from './database.ts'
import { measureFanout } from './fanout.ts'
import { measureGrowth } from './growth.ts'
import { measureImport } from './import-speed.ts'
import { measureSize } from './measure-size.ts'
import { findNode, type NodeBinary } from './node-binary.ts'
import type { Options } from './options.ts'
import { ourVersion, peerVersion, preparePeers } from './peers.ts'
import type { Fanout, Growth, NodeResults, Results, SizeResults } from './results.ts'

const GB = 1_073_741_824
/** PostGraphile's, on a machine whose own Node is older than it needs. */
const NEWER_NODE = '24'

export interface Bench {
  readonly options: Options
  /** A PostgreSQL server on which databases can be created. */
  readonly server: string
  readonly say: (line: string) => void
}

/** A catalog of one size. */
interface Filled {
  readonly tools: number
  readonly database: BenchDatabase
}

interface NodeRun extends Bench {
  readonly node: NodeBinary
  readonly nodeFor: (leastMajor: number) => NodeBinary
  readonly contestants: readonly Contestant[]
  readonly filled: readonly Filled[]
  readonly folder: string
}

/** Somebody wanted it to end. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

/** Everything that was asked for. What is created on the way is gone at the end, also after an error. */
export async function runBench(bench: Bench): Promise<Results> {
  const contestants = chooseContestants(bench.options.only)
  preparePeers()
  const undo: (() => unknown)[] = []
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-bench-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  try {
    return await Promise.race([rejectAtSignal(), runAll(bench, contestants, folder, undo)])
  } finally {
    for (const step of undo.reverse()) {
      try {
        await step()
      } catch (error) {
        // The others are still to be undone.
        bench.say(`left behind: ${String(error)}`)
      }
    }
  }
}

/** So that databases are dropped when somebody has waited long enough. */
function rejectAtSignal(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new InterruptedError(`stopped by ${signal}`)))
  })
}

async function runAll(
  bench: Bench,
  contestants: readonly Contestant[],
  folder: string,
  undo: (() => unknown)[],
): Promise<Results> {
  const { options, server } = bench
  const started = performance.now()
  const [loadBefore = 0] = loadavg()
  const filled: Filled[] = []
  for (const tools of options.tools) {
    bench.say(`filling a database with ${tools} tools`)
    const database = await createDatabase(server, String(tools))
    undo.push(database.drop)
    writeDefinitions(join(folder, String(tools)), tools)
    await fillDatabase(database, join(folder, String(tools)))
    filled.push({ tools, database })
  }
  const nodes: NodeResults[] = []
  for (const [index, word] of options.nodes.entries()) {
    const node = findNode(word)
    const asked = index === 0 ? options : { ...options, soakMinutes: 0 }
    const run = { ...bench, options: asked, node, nodeFor: chooseNode(node), contestants, filled, folder }
    nodes.push(await runOnNode(run))
  }
  const [database] = await query<{ server_version: string }>(server, 'SHOW server_version')
  return {
    at: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / GB),
      load: [loadBefore, loadavg()[0] ?? 0],
    },
    database: `PostgreSQL ${database?.server_version}`,
    versions: versionsOf(contestants),
    settings: { rounds: options.rounds, seconds: options.seconds, connections: options.connections },
    minutes: Math.round((performance.now() - started) / 60_000),
    nodes,
  }
}

/** The Node that was asked for, or a newer one for whoever does not run on it. */
function chooseNode(node: NodeBinary): (leastMajor: number) => NodeBinary {
  let newer: NodeBinary | undefined
  return (leastMajor) => {
    if (node.major >= leastMajor) return node
    newer ??= findNode(NEWER_NODE)
    return newer
  }
}

async function runOnNode(run: NodeRun): Promise<NodeResults> {
  const { options, node, nodeFor, contestants, filled, folder, server, say } = run
  const sizes: SizeResults[] = []
  if (options.parts.has('reads') || options.parts.has('first-answer') || options.soakMinutes > 0) {
    for (const { tools, database } of filled) {
      say(`Node ${node.version}, ${tools} tools`)
      sizes.push(await measureSize(tools, { database, contestants, nodeFor, folder }, options, say))
    }
  }
  const hasPostgraphile = contestants.some(({ id }) => id === 'postgraphile')
  return {
    node: node.version,
    postgraphileNode: hasPostgraphile ? nodeFor(SERVERS.postgraphile.leastNode).version : undefined,
    sizes,
    growth: options.parts.has('growth') ? await runGrowth(run) : [],
    fanout: options.parts.has('fanout') ? await runFanout(run) : undefined,
    import: options.parts.has('import') ? await runImport() : undefined,
  }

  function runImport() {
    say(`import of ${options.imported}`)
    return measureImport(server, node.path, options.imported)
  }
}

/** Both catalogs at once, so that what else the machine does is in both figures. */
async function runGrowth({ options, filled, folder, nodeFor, say }: NodeRun): Promise<Growth[]> {
  const [small, large] = [filled[0], filled.at(-1)]
  if (!small || !large || small === large) return []
  say(`growth from ${small.tools} to ${large.tools} tools`)
  const contestants = [...chooseContestants(['ours']), ...chooseContestants(['json-agg'])]
  const first = await Arena.start({ database: small.database, contestants, nodeFor, folder })
  try {
    const second = await Arena.start({ database: large.database, contestants, nodeFor, folder })
    try {
      return await measureGrowth(
        [
          { tools: small.tools, arena: first },
          { tools: large.tools, arena: second },
        ],
        options,
      )
    } finally {
      await second.stop()
    }
  } finally {
    await first.stop()
  }
}

async function runFanout({ options, filled, server, node, folder, say }: NodeRun): Promise<Fanout | undefined> {
  const ours = filled[0]?.database
  if (!ours) return undefined
  say(`fan-out to ${options.subscribers}`)
  const theirs = await createDatabase(server, 'fanout', ours)
  try {
    return await measureFanout({ count: options.subscribers, node: node.path, folder, ours, theirs })
  } finally {
    await theirs.drop()
  }
}

function versionsOf(contestants: readonly Contestant[]): Record<string, string> {
  const names = new Set(contestants.flatMap(({ server }) => SERVERS[server].packages))
  const peers = [...names, 'graphql', 'graphql-ws', 'ws'].sort().map((name) => [name, peerVersion(name)])
  return { 'Tool Catalog': ourVersion(), ...Object.fromEntries(peers) }
}
