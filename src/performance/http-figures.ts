import { Counts } from './counts.ts'
import { Durations } from './durations.ts'

export const ROUTES = ['graphql', 'import', 'health', 'ready', 'metrics', 'hook', 'websocket', 'other'] as const
export type HttpRoute = (typeof ROUTES)[number]

/** HTTP requests, since the start. */
export class HttpFigures {
  readonly requests = new Counts<HttpRoute, number>()
  readonly durations = new Durations(ROUTES)

  /** @param ms undefined for a stream, which lasts as long as its caller wants */
  record(route: HttpRoute, status: number, ms: number | undefined): void {
    this.requests.add(route, status)
    if (ms !== undefined) this.durations.record(route, ms)
  }
}
