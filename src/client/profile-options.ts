import { endpoint, type Token } from './server-options.ts'

/** What `loadProfiles` takes. All times are in milliseconds. */
export interface ProfileOptions {
  /** Address of the GraphQL endpoint, for example `https://catalog.example/graphql`. */
  readonly url: string
  /** API key or JWT, or a function that gives one, which is called for every request; none for a catalog open to all. */
  readonly token?: Token | undefined
  /** Folder of definitions (YAML or JSON) to serve when the server is away and nothing was saved. */
  readonly fallback?: string | undefined
  /** File to keep the last state in; it is served when the server is away at the start. */
  readonly cacheFile?: string | undefined
  /** Longest time that the start waits for the server. 5,000 when left out. */
  readonly timeoutMs?: number | undefined
  /** Waits before a new connection: up to `minMs`, doubled with each try up to `maxMs`. 1,000 and 30,000 when left out. */
  readonly reconnect?: { readonly minMs?: number | undefined; readonly maxMs?: number | undefined } | undefined
  /** How often the catalog is asked whether anything was missed. 300,000 when left out. */
  readonly refreshMs?: number | undefined
  /** How long the stream may take to catch up when that finds something. 40,000 when left out. */
  readonly patienceMs?: number | undefined
  /** How often the server is asked for a sign of life; one that takes as long again is given up. 15,000 when left out. */
  readonly keepAliveMs?: number | undefined
  /** How long the server may be away before the status is `stale`. 2,000 when left out. */
  readonly graceMs?: number | undefined
  /** How long changes are collected before the cache file is written. 1,000 when left out. */
  readonly cacheDelayMs?: number | undefined
  /** Most tools that are held; with more, the status is `error` and what is held stays as it is. 10,000 when left out. */
  readonly maxTools?: number | undefined
  /** Most versions that are kept of those asked for by name. 1,000 when left out. */
  readonly maxVersions?: number | undefined
}

export type ProfileSettings = ReturnType<typeof readOptions>

/** @throws TypeError for a url that is none */
export function readOptions({ url, token, fallback, cacheFile, reconnect = {}, ...numbers }: ProfileOptions) {
  return {
    server: { url: endpoint(url), token },
    fallback,
    cacheFile,
    timeoutMs: numbers.timeoutMs ?? 5_000,
    reconnect: { minMs: reconnect.minMs ?? 1_000, maxMs: reconnect.maxMs ?? 30_000 },
    refreshMs: numbers.refreshMs ?? 300_000,
    // An idle stream says every 30 s where it stands.
    patienceMs: numbers.patienceMs ?? 40_000,
    keepAliveMs: numbers.keepAliveMs ?? 15_000,
    graceMs: numbers.graceMs ?? 2_000,
    cacheDelayMs: numbers.cacheDelayMs ?? 1_000,
    maxTools: numbers.maxTools ?? 10_000,
    maxVersions: numbers.maxVersions ?? 1_000,
  }
}
