import type { Profiles } from '../../src/client/profiles.ts'
import { expectData } from '../support/client.ts'
import type { TestCatalog } from '../support/test-catalog.ts'

export const tokenOf = ({ authorization }: { readonly authorization: string }) => authorization.replace('Bearer ', '')

const ENABLED = `query ($after: String) { tools(first: 50, after: $after) {
  nodes { name latest { definitionText(format: JSON) } } pageInfo { endCursor hasNextPage } } }`

/** What the catalog serves, asked in another way than the loader asks: enabled tools, and their documents. */
export async function servedBy(url: string, headers: Record<string, string>): Promise<Record<string, unknown>> {
  const served: [string, unknown][] = []
  for (let after: string | null = null, isMore = true; isMore; ) {
    const { tools } = await expectData(url, ENABLED, { after }, headers)
    for (const { name, latest } of tools.nodes) if (latest) served.push([name, JSON.parse(latest.definitionText)])
    isMore = tools.pageInfo.hasNextPage
    after = tools.pageInfo.endCursor
  }
  return Object.fromEntries(served)
}

/** What the profiles are to be now, and what they are. */
export async function compare(catalog: Pick<TestCatalog, 'url' | 'roles'>, profiles: Profiles) {
  const served = await servedBy(catalog.url, catalog.roles.reader)
  const held = Object.fromEntries(profiles.all().map(({ name, document }) => [name, document]))
  return { served, held }
}
