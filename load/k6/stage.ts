import { ask } from './ask.ts'
import { type CatalogNames, fragmentsOf } from './mix.ts'

/** What is found out once, before the load begins, and told to every virtual user. */
export interface Stage {
  readonly names: CatalogNames
  /** Whether nothing of the catalog is hidden from our credential. */
  readonly seesAll: boolean
  /** What the names of our own tools begin with. */
  readonly prefix: string
}

const PAGE = 100
const MOST_PAGES = 50

interface Page {
  readonly tools: {
    readonly nodes: readonly { readonly name: string }[]
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean }
  }
}

/** Names of at most 5,000 tools. @throws Error when there is nothing to read */
export function prepareStage(): Stage {
  const tools: string[] = []
  let after: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const found: Page['tools'] | undefined = readPage(after)
    if (!found) throw new Error('the names of the tools could not be read')
    tools.push(...found.nodes.map(({ name }) => name))
    if (!found.pageInfo.hasNextPage) break
    after = found.pageInfo.endCursor
  }
  if (tools.length === 0) throw new Error('the catalog is empty: there is nothing to read')
  const role = ask<{ viewer: { role: string } }>('viewer', '{ viewer { role } }')?.viewer.role
  return {
    names: { tools, fragments: fragmentsOf(tools) },
    seesAll: role === 'ADMIN' || role === 'EDITOR',
    prefix: `load-test-${Date.now().toString(36)}-`,
  }
}

function readPage(after: string | null): Page['tools'] | undefined {
  const query = `query Names($after: String) { tools(first: ${PAGE}, after: $after, filter: { enabled: null }) {
    nodes { name } pageInfo { endCursor hasNextPage } } }`
  return ask<Page>('names', query, { after })?.tools
}
