import { type App, createApp } from '../../src/app.ts'
import type { Config } from '../../src/config.ts'
import type { Database } from '../../src/db/database.ts'
import { createLogger } from '../../src/logger.ts'
import { cloneDatabase, closeLater, testConfig } from './database.ts'

/** A server of this file's own, on a free port and a database of its own; stopped even when a test forgets. */
export async function startTestApp(
  environment: Record<string, string> = {},
): Promise<App & { readonly config: Config }> {
  const config = testConfig({ ...(await cloneDatabase()), ...environment })
  const app = await createApp({ config, logger: createLogger(config) })
  closeLater(() => app.stop())
  urls.set(config, app.url)
  return { ...app, config }
}

/** Of the apps that were started here. */
const urls = new WeakMap<Config, string>()
const CAUGHT_UP_MS = 20_000

/** Until the app has heard of what was written beside it, as far as those without a credential may ask. */
export async function caughtUp(config: Config, { pool }: Pick<Database, 'pool'>): Promise<void> {
  const url = urls.get(config)
  if (url === undefined) return
  const { rows } = await pool.query<{ revision: string }>('SELECT revision::text FROM catalog_state')
  const headers = { 'content-type': 'application/json', 'x-catalog-min-revision': rows[0]?.revision ?? '0' }
  const ask = () => fetch(url, { method: 'POST', headers, body: '{"query":"{ __typename }"}' })
  const until = performance.now() + CAUGHT_UP_MS
  // The server itself waits for 2 s.
  while ((await ask()).status === 503) if (performance.now() > until) throw new Error(`${url} does not catch up`)
}
