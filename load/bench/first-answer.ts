import type { Arena } from './arena.ts'
import { OURS } from './dialect.ts'
import { HttpConnection, postRequest } from './http-connection.ts'
import { median } from './medians.ts'
import type { FirstAnswer } from './results.ts'

const WRITES = 60

/**
 * How long the first read after a write takes, when nothing that was kept may be used any more: on our server, and on the
 * one that goes to the database and no further. The same questions to both, in turn.
 */
export async function measureFirstAnswers(arena: Arena): Promise<FirstAnswer> {
  const ours = await HttpConnection.open(arena.server('ours').port)
  const jsonAgg = await HttpConnection.open(arena.server('json-agg').port)
  const times = { ours: [] as number[], jsonAgg: [] as number[] }
  try {
    const asks = arena.asks(Math.random).pool().slice(0, WRITES)
    for (const [index, ask] of asks.entries()) {
      const request = postRequest(JSON.stringify(OURS.request(ask, undefined)))
      await arena.touch()
      const measureOurs = async () => times.ours.push(await timeOf(ours, request))
      const measureJsonAgg = async () => times.jsonAgg.push(await timeOf(jsonAgg, request))
      for (const measure of index % 2 === 0 ? [measureOurs, measureJsonAgg] : [measureJsonAgg, measureOurs])
        await measure()
    }
  } finally {
    ours.close()
    jsonAgg.close()
  }
  return { writes: WRITES, oursMs: median(times.ours), jsonAggMs: median(times.jsonAgg) }
}

function timeOf(connection: HttpConnection, request: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = performance.now()
    connection.ask(
      request,
      ({ status, hasErrors }) =>
        status === 200 && !hasErrors
          ? resolve(performance.now() - asked)
          : reject(new Error(`an answer of status ${status}`)),
      reject,
    )
  })
}
