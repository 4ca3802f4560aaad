import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

// `npm run test:deploy`: with the real programs (HAProxy, PgBouncer, Supervisor, …), on the server of DATABASE_URL. One after
// the other: each has processes of its own.
const { test, ...rest } = base
export default mergeConfig(
  { ...rest, test: { ...test, include: [], exclude: [] } },
  defineConfig({ test: { include: ['test/deploy/programs/*.test.ts'], maxWorkers: 1 } }),
)
