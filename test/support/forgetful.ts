import type { RememberedTools } from '../../src/catalog/tools.ts'

/** The cache of a context, for tests that want everything to come from the database. */
export const NOTHING_REMEMBERED: { readonly tools: RememberedTools } = { tools: { at: () => undefined } }
