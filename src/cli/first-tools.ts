import type { Session } from './session.ts'

/** Of 100 tools each: a thousand tools are enough for suggestions. */
const MOST_PAGES = 10

interface ToolsPage<T> {
  readonly tools: {
    readonly nodes: readonly T[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
}

/**
 * The first thousand tools of a server.
 * @param query takes `$after`, and selects `nodes` and `pageInfo { hasNextPage endCursor }` of `tools(first: 100)`
 * @throws ServerError
 */
export async function firstTools<T>(
  session: Session,
  query: string,
  asking?: { readonly timeoutMs: number },
): Promise<T[]> {
  const found: T[] = []
  let after: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const { tools }: ToolsPage<T> = await session.ask<ToolsPage<T>>(query, { after }, asking)
    found.push(...tools.nodes)
    after = tools.pageInfo.endCursor
    if (!tools.pageInfo.hasNextPage) break
  }
  return found
}
