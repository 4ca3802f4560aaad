import { type Command, InvalidArgumentError, Option } from 'commander'
import { plural } from './plural.ts'
import { relativeDate } from './relative-date.ts'
import { addServerOption } from './server-address.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'
import { type Column, formatTable } from './table.ts'
import { addFilterOptions, type FilterOptions, filterOf } from './tool-filter.ts'

interface ListOptions extends SessionOptions, FilterOptions {
  readonly sort: string
  readonly reverse?: boolean
  readonly limit?: number
}

interface ListedTool {
  readonly name: string
  readonly platform: string
  readonly category: string
  readonly status: string
  readonly enabled: boolean
  readonly updatedAt: string
  readonly description: string
  readonly latest: { readonly version: string } | null
}

const LIST = `query List($first: Int, $after: String, $filter: ToolFilter, $orderBy: ToolOrder) {
  tools(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes {
      name platform category status enabled description tags productionSafe requiresApproval createdAt updatedAt deletedAt
      revision latest { version }
    }
    pageInfo { hasNextPage endCursor }
  }
}`

const SORTS = { name: 'NAME', platform: 'PLATFORM', category: 'CATEGORY', created: 'CREATED_AT', updated: 'UPDATED_AT' }
/** What the API gives at once. */
const PAGE = 100

/** `tool-catalog list`: the tools of a server. */
export function addListCommand(program: Command): void {
  const list = program
    .command('list')
    .description('List the tools of a server, by name; filters as the API has them, and all that are given must hold')
    .addOption(new Option('--sort <order>', 'in which order').choices(Object.keys(SORTS)).default('name'))
    .option('--reverse', 'the other way round')
    .option('--limit <number>', 'at most so many; all when left out', parseLimit)
    .addHelpText(
      'after',
      '\nExamples:\n  tool-catalog list --platform linux --production-safe\n  tool-catalog list --sort updated --reverse --limit 10\n  tool-catalog list --json | jq -r ".[].name"',
    )
  addServerOption(addFilterOptions(list)).action(runList)
}

export function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('Must be a whole number above 0.')
  return Number(text)
}

async function runList(options: ListOptions): Promise<void> {
  const session = openSession(options)
  const { json, print, printJson, note } = session
  const { tools, hasMore } = await readTools(session, options)
  if (json) return printJson(tools)
  if (tools.length > 0) print(formatTable(columnsOf(session), tools, session))
  const more = hasMore ? `; there are more: raise --limit` : ''
  note(tools.length === 0 ? 'No tool is like that.' : `${plural(tools.length, 'tool')}${more}`)
}

async function readTools(session: Session, options: ListOptions) {
  const { limit = Number.POSITIVE_INFINITY, sort, reverse } = options
  const orderBy = { field: SORTS[sort as keyof typeof SORTS], direction: reverse ? 'DESC' : 'ASC' }
  const tools: ListedTool[] = []
  let page = { hasNextPage: true, endCursor: null as string | null }
  while (page.hasNextPage && tools.length < limit) {
    const first = Math.min(PAGE, limit - tools.length)
    const variables = { first, after: page.endCursor, filter: filterOf(options), orderBy }
    const answer = await session.ask<{ tools: { nodes: ListedTool[]; pageInfo: typeof page } }>(LIST, variables)
    tools.push(...answer.tools.nodes)
    page = answer.tools.pageInfo
  }
  return { tools, hasMore: page.hasNextPage }
}

function columnsOf({ paint }: Session): Column<ListedTool>[] {
  return [
    { title: 'NAME', cell: ({ name }) => name, paint: paint.cyan },
    { title: 'LATEST', cell: ({ latest }) => latest?.version ?? '-' },
    { title: 'PLATFORM', cell: ({ platform }) => platform },
    { title: 'CATEGORY', cell: ({ category }) => category },
    {
      title: 'STATE',
      cell: stateOf,
      paint: (text, { enabled, status }) => (enabled && status === 'ACTIVE' ? paint.green(text) : paint.yellow(text)),
    },
    { title: 'UPDATED', cell: ({ updatedAt }) => relativeDate(updatedAt), paint: paint.dim },
    { title: 'DESCRIPTION', cell: ({ description }) => description },
  ]
}

/** In a word: the stage of the version that is shown, unless the whole tool is out of service. */
export function stateOf({ enabled, status }: { readonly enabled: boolean; readonly status: string }): string {
  return enabled ? status.toLowerCase() : 'off'
}
