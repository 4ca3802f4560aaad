/**
 * What a field costs where 1, the usual, would be a lie: `http/query-cost.ts` reads it from the field's extensions and holds
 * the sum against MAX_QUERY_COST. In small fields; a definition is about 5 KB, and some are 1 MB.
 */
export const COST = {
  /** A whole definition. */
  document: 50,
  /** A list of its own for each object that it stands on. */
  list: 200,
  /** Two definitions compared. */
  diff: 5_000,
  /** A page of definitions as text. */
  export: 5_000,
  /** A definition of up to 1 MiB parsed and checked: up to 300 ms. */
  validation: 20_000,
} as const
