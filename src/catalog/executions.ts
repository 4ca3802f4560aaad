import { readDefinition } from '../definition/definition.ts'
import { evaluateExpression, parseExpression } from '../definition/expression.ts'
import { ExpressionError } from '../definition/expression-tokens.ts'
import { type WriteContext, type WriteOptions, write } from './change-tool.ts'
import { InvalidInputError } from './errors.ts'
import { insertExecutions, type NewExecutionRow } from './store.ts'
import { loadDocuments, loadStoredTools, queryIn, type StoredTool } from './stored-tools.ts'

/** One real run of a pattern. */
export interface ExecutionReport {
  readonly tool: string
  /** The latest version when left out. */
  readonly version?: string | null | undefined
  readonly capability: string
  readonly pattern: string
  /** When it ended; now when left out. */
  readonly at?: Date | null | undefined
  readonly actualMs: number
  readonly actualCost?: number | null | undefined
  readonly success: boolean
  readonly errorType?: string | null | undefined
  readonly environment?: string | null | undefined
  /** Values of the expressions' variables, as far as they are numbers. */
  readonly variables: Readonly<Record<string, unknown>>
}

/** Most reports of one call: one statement, and one body well within its limit. */
export const MOST_EXECUTIONS = 1_000
/** Of milliseconds, 31 years: sums of them stay numbers. The table checks it, too. */
const MOST_AMOUNT = 1e12
const MOST_ESTIMATE = 1e15
const LONGEST_WORD = 200
const MOST_PROBLEMS = 10

/**
 * Keep reports of runs, each with what the definition estimates for the same variables. Telemetry is no change of the
 * catalog: there is no revision.
 * @returns how many were kept
 * @throws InvalidInputError naming each report that cannot be kept; then none is
 */
export async function recordExecutions(
  context: WriteContext,
  reports: readonly ExecutionReport[],
  options: WriteOptions,
) {
  if (reports.length > MOST_EXECUTIONS) throw new InvalidInputError(`At most ${MOST_EXECUTIONS} executions in one call`)
  return write(context, options, async ({ tx }) => {
    const query = queryIn(tx)
    const tools = await loadStoredTools(
      query,
      reports.map(({ tool }) => tool.toLowerCase()),
      false,
    )
    const places = reports.map((report) => placeOf(report, tools))
    const documents = await loadDocuments(query, [
      ...new Set(places.flatMap((place) => (typeof place === 'string' ? [] : place.version.id))),
    ])
    const definitions = new Map([...documents].map(([id, document]) => [id, readDefinition(document)]))
    const rows = reports.map((report, index) => {
      const place = places[index] ?? ''
      if (typeof place === 'string') return place
      const capabilities = definitions.get(place.version.id)?.capabilities ?? []
      const capability = capabilities.find(({ name }) => isSame(name, report.capability))
      if (!capability)
        return `${place.tool.name} ${place.version.version} has no capability ${short(report.capability)}`
      const pattern = capability.patterns.find(({ name }) => isSame(name, report.pattern))
      if (!pattern) return `${capability.name} of ${place.tool.name} has no pattern ${short(report.pattern)}`
      const names = { capability: capability.name, pattern: pattern.name, version: place.version.version }
      return toRow(report, place.tool.id, names, pattern, context.viewer.actor)
    })
    const problems = rows.flatMap((row, index) => (typeof row === 'string' ? [`executions[${index}]: ${row}`] : []))
    if (problems.length > 0) {
      const rest = problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more`] : []
      throw new InvalidInputError([...problems.slice(0, MOST_PROBLEMS), ...rest].join('; '))
    }
    await insertExecutions(
      tx,
      rows.filter((row) => typeof row !== 'string'),
    )
    return { recorded: reports.length }
  })
}

function placeOf(report: ExecutionReport, tools: ReadonlyMap<string, StoredTool>) {
  const tool = tools.get(report.tool.toLowerCase())
  if (!tool) return `there is no tool ${short(report.tool)}`
  const version = tool.versions.find(({ id, version: name }) =>
    report.version == null ? id === tool.latestVersionId : name === report.version,
  )
  if (!version)
    return `${tool.name} has no ${report.version == null ? 'latest version' : `version ${short(report.version)}`}`
  return problemOf(report) ?? { tool, version }
}

function problemOf({ actualMs, actualCost, errorType, environment, at }: ExecutionReport): string | undefined {
  if (![actualMs, actualCost ?? 0].every((amount) => amount >= 0 && amount <= MOST_AMOUNT))
    return `time and cost are between 0 and ${MOST_AMOUNT}`
  if ((errorType?.length ?? 0) > LONGEST_WORD || (environment?.length ?? 0) > LONGEST_WORD)
    return `errorType and environment have at most ${LONGEST_WORD} characters`
  if (at && at.getTime() < 0) return 'it ended before 1970'
  return at && at.getTime() > Date.now() + 60_000 ? 'it ends in the future' : undefined
}

function toRow(
  report: ExecutionReport,
  toolId: string,
  names: { readonly version: string; readonly capability: string; readonly pattern: string },
  estimates: { readonly timeEstimateMs: string | undefined; readonly costEstimate: string | undefined },
  actor: string,
): NewExecutionRow {
  const variables = Object.fromEntries(
    Object.entries(report.variables).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
  return {
    tool_id: toolId,
    ...names,
    at: (report.at ?? new Date()).toISOString(),
    recorded_by: actor,
    actual_ms: report.actualMs,
    actual_cost: report.actualCost ?? null,
    estimated_ms: estimate(estimates.timeEstimateMs, variables),
    estimated_cost: estimate(estimates.costEstimate, variables),
    success: report.success,
    error_type: report.errorType ?? null,
    environment: report.environment ?? null,
    variables,
  }
}

/** Null when there is no estimate, a variable of it was not reported, or it is beyond all measure. */
function estimate(expression: string | undefined, variables: Readonly<Record<string, number>>): number | null {
  if (expression === undefined) return null
  try {
    const value = evaluateExpression(parseExpression(expression), variables)
    return Math.abs(value) <= MOST_ESTIMATE ? value : null
  } catch (error) {
    if (error instanceof ExpressionError) return null
    throw error
  }
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

function short(name: string): string {
  return JSON.stringify(name.slice(0, 100))
}
