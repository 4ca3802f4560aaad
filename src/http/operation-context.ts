import type { Config } from '../config.ts'
import type { Place } from '../db/snapshot.ts'
import { type Call, type Context, createContext } from '../graphql/context.ts'
import type { ServerContext } from './graphql-plugins.ts'
import { refuse } from './refusal.ts'

export interface OperationContextOptions extends Pick<Call, 'hub' | 'cache' | 'performance' | 'tracing' | 'reloading'> {
  readonly config: Pick<Config, 'COMPATIBILITY'>
  /** The database, once the catalog is ready to be served. */
  readonly database: () => Call['database'] | undefined
}

export type ContextOf = (server: Pick<ServerContext, 'caller' | 'info'>, pinnedTo?: Place) => Context

/** Makes the context of each operation from what is known of its request. It throws a Refusal while nothing is served. */
export function createContextOf({ config, database, ...parts }: OperationContextOptions): ContextOf {
  const { hub, cache, performance, tracing, reloading } = parts
  const { COMPATIBILITY: compatibility } = config
  return ({ caller: { viewer }, info: { requestId } }, pinnedTo) => {
    const opened = database()
    if (!opened) throw refuse.notReady()
    return createContext(
      { database: opened, viewer, requestId, compatibility, hub, cache, performance, tracing, reloading },
      pinnedTo,
    )
  }
}
