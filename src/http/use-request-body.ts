import type { GraphQLParams } from 'graphql-yoga'
import type { CatalogPlugin } from './graphql-plugins.ts'
import { refuse } from './refusal.ts'

/** The parameters of a POST come from the body that was read, and bounded, before Yoga saw the request. */
export function useRequestBody(): CatalogPlugin {
  return {
    onRequestParse({ serverContext: { body }, setRequestParser }) {
      if (body !== undefined) setRequestParser(() => parseBody(body))
    },
  }
}

function parseBody(body: string): GraphQLParams | GraphQLParams[] {
  try {
    // Yoga checks what it is next, and refuses arrays.
    return JSON.parse(body) as GraphQLParams | GraphQLParams[]
  } catch {
    throw refuse.notJson()
  }
}
