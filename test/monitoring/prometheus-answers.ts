import { z } from 'zod'

const answer = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
})

export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What a PromQL expression gives at this moment. */
export async function query(prometheus: string, expr: string): Promise<Series[]> {
  const response = await fetch(`${prometheus}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expr }),
  })
  const body = (await response.json()) as { readonly error?: string }
  if (!response.ok) throw new Error(`${expr}\n${body.error}`)
  return answer.parse(body).data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
}

/** An expression of a panel as Grafana would send it, for all servers. */
export function asSent(expr: string): string {
  return expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m')
}
