import type { Command } from 'commander'
import { parseLimit } from './list.ts'
import { addServerOption } from './server-address.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'
import { type Column, formatTable } from './table.ts'
import { addFilterOptions, type FilterOptions, filterOf } from './tool-filter.ts'

interface SearchOptions extends SessionOptions, FilterOptions {
  readonly limit: number
}

interface Found {
  readonly score: number
  readonly tool: { readonly name: string; readonly platform: string; readonly description: string } | null
  readonly matches: readonly { readonly word: string; readonly field: string; readonly text: string }[]
}

const SEARCH = `query Search($query: String!, $first: Int, $after: String, $filter: ToolFilter) {
  searchTools(query: $query, first: $first, after: $after, filter: $filter) {
    nodes { score tool { name platform category description latest { version } } matches { word field kind text } }
    pageInfo { hasNextPage endCursor }
  }
}`
/** What the API gives at once. */
const PAGE = 100

/** `tool-catalog search`: tools for a phrase. */
export function addSearchCommand(program: Command): void {
  const search = program
    .command('search')
    .description('Find tools for what you want to do, in plain words; best first, misspelt words forgiven')
    .argument('<words...>', 'what to look for')
    .option('--limit <number>', 'at most so many', parseLimit, 10)
    .addHelpText(
      'after',
      '\nExamples:\n  tool-catalog search capture network packets\n  tool-catalog search restart a service --platform linux --limit 3',
    )
  addServerOption(addFilterOptions(search)).action(runSearch)
}

async function runSearch(words: readonly string[], options: SearchOptions): Promise<void> {
  const session = openSession(options)
  const { json, print, printJson, note } = session
  const found = await findTools(session, words.join(' '), options)
  if (json) return printJson(found)
  if (found.length === 0) return note('No tool is found for that: try fewer or other words.')
  print(formatTable(columnsOf(session), found, session))
}

async function findTools(session: Session, query: string, options: SearchOptions): Promise<Found[]> {
  const found: Found[] = []
  let page = { hasNextPage: true, endCursor: null as string | null }
  while (page.hasNextPage && found.length < options.limit) {
    const first = Math.min(PAGE, options.limit - found.length)
    const variables = { query, first, after: page.endCursor, filter: filterOf(options) }
    const answer = await session.ask<{ searchTools: { nodes: Found[]; pageInfo: typeof page } }>(SEARCH, variables)
    found.push(...answer.searchTools.nodes)
    page = answer.searchTools.pageInfo
  }
  return found
}

function columnsOf({ paint }: Session): Column<Found>[] {
  return [
    { title: 'NAME', cell: ({ tool }) => tool?.name ?? '-', paint: paint.cyan },
    { title: 'PLATFORM', cell: ({ tool }) => tool?.platform ?? '-' },
    {
      title: 'FOUND',
      cell: ({ matches }) => [...new Set(matches.map(({ text }) => text))].join(', '),
      paint: paint.dim,
    },
    { title: 'DESCRIPTION', cell: ({ tool }) => tool?.description ?? '-' },
  ]
}
