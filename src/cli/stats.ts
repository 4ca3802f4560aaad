import { type Command, Option } from 'commander'
import { readCatalogState } from '../catalog/catalog-state.ts'
import { reloadStatistics } from '../catalog/reload-history.ts'
import { catalogStatistics } from '../catalog/statistics.ts'
import { withSnapshot } from '../db/snapshot.ts'
import { createPrinter, type Printer } from './printer.ts'
import { relativeDate } from './relative-date.ts'
import { addServerOption } from './server-address.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'
import { formatTexts } from './table.ts'
import { withDatabase } from './with-database.ts'

interface StatsOptions extends SessionOptions {
  readonly server?: boolean
}

interface NamedCount {
  readonly name: string
  readonly count: number
}

type Moment = Date | string | null

/** What both the database and a server tell, spelt as the API spells it. */
interface Statistics {
  readonly state: { readonly epoch: string; readonly revision: string; readonly compactedRevision: string }
  readonly catalog: {
    readonly revision: string
    readonly computedAt: Moment
    readonly tools: number
    readonly enabledTools: number
    readonly versions: number
    readonly capabilities: number
    readonly patterns: number
    readonly productionSafePatterns: number
    readonly patternsRequiringApproval: number
    readonly toolsByPlatform: readonly NamedCount[]
    readonly toolsByCategory: readonly NamedCount[]
    readonly toolsByStatus: readonly NamedCount[]
  }
  readonly reloads: {
    readonly total: number
    readonly successRate: number | null
    readonly p50Ms: number | null
    readonly p95Ms: number | null
    readonly p99Ms: number | null
    readonly lastSuccessAt: Moment
    readonly lastFailureAt: Moment
    readonly counts: readonly { readonly trigger: string; readonly outcome: string; readonly count: number }[]
  }
}

const QUERY = `query Statistics {
  state: catalogState { epoch revision compactedRevision }
  catalog: catalogStatistics {
    revision computedAt tools enabledTools versions capabilities patterns productionSafePatterns patternsRequiringApproval
    toolsByPlatform { name count } toolsByCategory { name count } toolsByStatus { status count }
  }
  reloads: reloadStatistics {
    total successRate p50Ms p95Ms p99Ms lastSuccessAt lastFailureAt counts { trigger outcome count }
  }
}`

/** `tool-catalog stats`: how large the catalog is, and how its reloads go. */
export function addStatsCommand(program: Command): void {
  const stats = program
    .command('stats')
    .description('Print statistics of the catalog and of its reloads, from the database or from a running server')
    .addOption(new Option('--server', 'ask the running server, instead of the database').default(false))
    .addHelpText(
      'after',
      '\nA server tells what the role of TOOL_CATALOG_KEY may see; --url implies --server.\n\nExamples:\n  tool-catalog stats\n  tool-catalog stats --url https://catalog.example.org/graphql --json',
    )
  addServerOption(stats).action(runStats)
}

async function runStats({ server, ...options }: StatsOptions): Promise<void> {
  const printer = createPrinter(options)
  const { json, print, printJson } = printer
  const isAsked = server || options.url !== undefined
  const statistics = isAsked ? await fromServer(openSession(options)) : await fromDatabase(printer)
  if (json) printJson(statistics)
  else print(textOf(statistics, printer))
}

function fromDatabase(printer: Printer): Promise<Statistics> {
  return withDatabase(printer, (database) =>
    withSnapshot(database, async (reader) => ({
      state: await readCatalogState(reader),
      catalog: await catalogStatistics(reader, { exact: true }),
      reloads: await reloadStatistics(reader, null),
    })),
  )
}

/** What the API answers, with the words of the database in the place of GraphQL's. */
async function fromServer(session: Session): Promise<Statistics> {
  const answer = await session.ask<ServerStatistics>(QUERY)
  const { catalog, reloads } = answer
  return {
    ...answer,
    catalog: {
      ...catalog,
      toolsByStatus: catalog.toolsByStatus.map(({ status, count }) => ({ name: status.toLowerCase(), count })),
    },
    reloads: {
      ...reloads,
      counts: reloads.counts.map(({ trigger, outcome, count }) => ({
        trigger: trigger.toLowerCase(),
        outcome: outcome.toLowerCase(),
        count,
      })),
    },
  }
}

type ServerStatistics = Omit<Statistics, 'catalog'> & {
  readonly catalog: Omit<Statistics['catalog'], 'toolsByStatus'> & {
    readonly toolsByStatus: readonly { readonly status: string; readonly count: number }[]
  }
}

function textOf({ state, catalog, reloads }: Statistics, printer: Printer): string {
  const rows: [string, string][] = [
    ['revision', `${state.revision}, changes kept behind ${state.compactedRevision}, epoch ${state.epoch}`],
    ['tools', `${catalog.tools}, ${catalog.enabledTools} enabled`],
    ['versions', String(catalog.versions)],
    ['capabilities', String(catalog.capabilities)],
    [
      'patterns',
      `${catalog.patterns}, ${catalog.productionSafePatterns} production safe, ${catalog.patternsRequiringApproval} requiring approval`,
    ],
    ['platforms', listOf(catalog.toolsByPlatform)],
    ['categories', listOf(catalog.toolsByCategory)],
    ['statuses', listOf(catalog.toolsByStatus)],
    ['reloads', reloadText(reloads)],
    ...reloads.counts.map(({ trigger, outcome, count }): [string, string] => ['', `${count} ${trigger} ${outcome}`]),
    ['last success', momentOf(reloads.lastSuccessAt)],
    ['last failure', momentOf(reloads.lastFailureAt)],
  ]
  return formatTexts(rows, printer)
}

function listOf(counts: readonly NamedCount[]): string {
  return counts.map(({ name, count }) => `${name} ${count}`).join(', ') || 'none'
}

function reloadText({ total, successRate, p50Ms, p95Ms, p99Ms }: Statistics['reloads']): string {
  if (total === 0) return '0'
  const times = [p50Ms, p95Ms, p99Ms].map((ms) => (ms === null ? '-' : ms.toFixed(1))).join(' / ')
  return `${total}, ${((successRate ?? 0) * 100).toFixed(1)} % succeeded, p50 / p95 / p99 ${times} ms`
}

function momentOf(moment: Moment): string {
  return moment === null ? 'never' : relativeDate(moment)
}
