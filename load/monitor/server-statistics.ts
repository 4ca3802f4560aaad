import { z } from 'zod'

/** What the server says of itself; counts and seconds are since its start. */
const STATISTICS = z.object({
  process: z.object({
    rssBytes: z.number(),
    heapUsedBytes: z.number(),
    eventLoopLagP50Ms: z.number(),
    eventLoopLagP99Ms: z.number(),
    gcSeconds: z.number(),
    gcCount: z.number(),
  }),
  pool: z.object({ total: z.number(), idle: z.number(), waiting: z.number(), most: z.number() }),
  caches: z.array(
    z.object({
      name: z.string(),
      hits: z.number(),
      misses: z.number(),
      evictions: z.number(),
      entries: z.number(),
      bytes: z.number(),
    }),
  ),
  operations: z.array(
    z.object({
      name: z.string(),
      count: z.number(),
      errors: z.number(),
      p50Ms: z.number(),
      p95Ms: z.number(),
      p99Ms: z.number(),
    }),
  ),
})
export type ServerStatistics = z.infer<typeof STATISTICS>

/** As the schema has it. */
export const STATISTICS_QUERY = `query Monitor { performanceStatistics {
  process { rssBytes heapUsedBytes eventLoopLagP50Ms eventLoopLagP99Ms gcSeconds gcCount }
  pool { total idle waiting most }
  caches { name hits misses evictions entries bytes }
  operations { name count errors p50Ms p95Ms p99Ms }
} }`

/** The server does not tell, and will not tell when it is asked again: it is too old, or the key too weak. */
export class NotToldError extends Error {
  override readonly name = 'NotToldError'
}

/**
 * Ask the server what it says of itself.
 * @throws NotToldError; other errors when it was not answered this time
 */
export async function askStatistics(
  url: string,
  key: string | undefined,
  timeoutMs: number,
): Promise<ServerStatistics> {
  if (key === undefined) throw new NotToldError('it takes the key of an admin (TOOL_CATALOG_KEY)')
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: STATISTICS_QUERY }),
    signal: AbortSignal.timeout(timeoutMs),
  })
  return parseStatistics(await response.json())
}

const ANSWER = z.object({
  data: z.object({ performanceStatistics: z.unknown() }).nullish(),
  errors: z.array(z.object({ message: z.string() })).optional(),
})

/** @throws NotToldError when the answer is not the one that was asked for */
export function parseStatistics(answer: unknown): ServerStatistics {
  const { data, errors } = ANSWER.parse(answer)
  if (errors?.[0]) throw new NotToldError(errors[0].message)
  const statistics = STATISTICS.safeParse(data?.performanceStatistics)
  if (statistics.success) return statistics.data
  throw new NotToldError(`its answer is not understood: ${z.prettifyError(statistics.error)}`)
}
