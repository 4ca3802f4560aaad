import { type App, createApp } from '../../src/app.ts'
import type { Config } from '../../src/config.ts'
import { createLogger } from '../../src/logger.ts'
import { cloneDatabase, closeLater, testConfig } from './database.ts'

/** A server of this file's own, on a free port and a database of its own; stopped even when a test forgets. */
export async function startTestApp(
  environment: Record<string, string> = {},
): Promise<App & { readonly config: Config }> {
  const config = testConfig({ ...(await cloneDatabase()), ...environment })
  const app = await createApp({ config, logger: createLogger(config) })
  closeLater(() => app.stop())
  return { ...app, config }
}
