import { createHash } from 'node:crypto'
import type { GraphQLParams } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import type { CatalogPlugin } from './graphql-plugins.ts'
import { refuse } from './refusal.ts'

/** Most characters of all documents that are kept under their hash. */
const MOST_CHARACTERS = 8_000_000

/**
 * Automatic persisted queries (https://www.apollographql.com/docs/apollo-server/performance/apq): a client sends the SHA-256
 * of its document instead of the document, so that a query fits into the URL of a GET, which a CDN can keep. A server that
 * does not know the hash says so, and is sent both, once.
 */
export class PersistedOperations {
  readonly #documents = new LRUCache<string, string>({
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (document) => document.length + 64,
  })

  /**
   * The parameters with the document that their hash stands for.
   * @throws Refusal when the hash is not known, or is another document's
   */
  expand(params: GraphQLParams): GraphQLParams {
    const hash = hashOf(params)
    if (hash === undefined) return params
    const { query } = params
    const known = this.#documents.get(hash)
    if (query == null) {
      if (known === undefined) throw refuse.persistedNotFound()
      return { ...params, query: known }
    }
    if (known !== query && createHash('sha256').update(query).digest('hex') !== hash) throw refuse.persistedMismatch()
    return params
  }

  /** Keep the document of parameters that brought both: once it was found to be good. */
  learn(params: GraphQLParams): void {
    const hash = hashOf(params)
    if (hash !== undefined && params.query != null) this.#documents.set(hash, params.query)
  }
}

/** Documents by their hash, on the long way. */
export function usePersistedOperations(persisted: PersistedOperations): CatalogPlugin {
  return {
    onParams({ params, setParams }) {
      if (isObject(params)) setParams(persisted.expand(params))
    },
    onExecute({ args: { contextValue } }) {
      const { params } = contextValue as unknown as { readonly params?: GraphQLParams }
      if (params) persisted.learn(params)
    },
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function hashOf({ extensions }: GraphQLParams): string | undefined {
  const persisted: unknown = extensions?.persistedQuery
  if (typeof persisted !== 'object' || persisted === null || !('sha256Hash' in persisted)) return undefined
  return typeof persisted.sha256Hash === 'string' ? persisted.sha256Hash.toLowerCase() : undefined
}
