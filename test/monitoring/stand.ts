import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { closeLater } from '../support/database.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { MONITORING } from './monitoring-files.ts'
import { freePort, serve } from './programs.ts'
import { makeTraffic } from './traffic.ts'

/** A server with traffic, and a Prometheus that scrapes it every second under the rules of this repository. */
export interface Stand {
  readonly catalog: TestCatalog
  readonly prometheus: string
  /** Where Prometheus also looks, and nobody is. */
  readonly nobody: string
}

/** All callers here have one address, and some of them wrong credentials. */
const LIMITLESS = { RATE_LIMIT_PER_ADDRESS: '0', AUTH_FAILURES_PER_MINUTE: '100000' } as const

export async function startStand(): Promise<Stand> {
  const folder = temporaryFolder('tools')
  const catalog = await startTestCatalog({ ...LIMITLESS, WATCH_DIR: folder, METRICS_PORT: '0' })
  const nobody = `127.0.0.1:${await freePort()}`
  const prometheus = await startPrometheus([new URL(catalog.metricsUrl).host, nobody])
  const stopping = new AbortController()
  const traffic = makeTraffic(catalog, folder, stopping.signal)
  closeLater(async () => {
    stopping.abort()
    await traffic
  })
  // So that every counter has grown between two scrapes.
  await Promise.race([traffic, sleep(10_000)])
  return { catalog, prometheus, nobody }
}

async function startPrometheus(targets: readonly string[]): Promise<string> {
  const folder = temporaryFolder('prometheus')
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [`${MONITORING}alerts.yml`],
    scrape_configs: [{ job_name: 'tool-catalog', static_configs: [{ targets }] }],
  }
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
  const address = `127.0.0.1:${await freePort()}`
  const flags = {
    'config.file': join(folder, 'prometheus.yml'),
    'storage.tsdb.path': join(folder, 'data'),
    'web.listen-address': address,
  }
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  await serve('prometheus', args, `http://${address}`)
  return `http://${address}`
}

function temporaryFolder(what: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tool-catalog-${what}-`))
  closeLater(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
