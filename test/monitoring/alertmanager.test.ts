import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { closeLater } from '../support/database.ts'
import { allAlerts, MONITORING } from './monitoring-files.ts'
import { freePort, needs, run, serve, until } from './programs.ts'

describe('amtool', () => {
  beforeEach((context) => needs(context, 'amtool'))

  test('finds nothing wrong with the configuration', () => {
    const { status, output } = run('amtool', ['check-config', 'alertmanager.yml'], MONITORING)
    expect(status, output).toBe(0)
  })

  test.each([
    ['P1', 'pager'],
    ['P2', 'chat'],
    ['P3', 'tickets'],
  ])('sends %s to the %s', (severity, receiver) => {
    const args = ['config', 'routes', 'test', '--config.file=alertmanager.yml', `severity=${severity}`]
    expect(run('amtool', args, MONITORING).stdout.trim()).toBe(receiver)
  })
})

describe('a real Alertmanager', () => {
  beforeEach((context) => needs(context, 'prometheus-alertmanager'))

  test('of many alerts about one cause, only the cause is told', async () => {
    const url = await startAlertmanager()
    const everything = allAlerts().map(({ alert }) => alert)

    // Each on a job of its own, so that they do not silence one another.
    await send(url, [
      ...everything.map((name) => alertOf(name, { job: 'all-down' })),
      ...everything.filter((name) => name !== 'ToolCatalogDown').map((name) => alertOf(name, { job: 'none-ready' })),
      alertOf('ToolCatalogInstanceDown', { job: 'one-down', instance: 'a' }),
      alertOf('ToolCatalogNotReady', { job: 'one-down', instance: 'a' }),
      alertOf('ToolCatalogPoolLow', { job: 'one-down', instance: 'b' }),
      alertOf('ToolCatalogErrorsAbove1Percent', { job: 'pairs' }),
      alertOf('ToolCatalogErrorsAbove5Percent', { job: 'pairs' }),
      alertOf('ToolCatalogQueriesAbove50ms', { job: 'pairs' }),
      alertOf('ToolCatalogQueriesAbove100ms', { job: 'pairs' }),
      alertOf('ToolCatalogCacheHitRateBelow80', { job: 'pairs', instance: 'a' }),
      alertOf('ToolCatalogCacheHitRateBelow50', { job: 'pairs', instance: 'b' }),
    ])

    // What inhibits is noticed a moment behind the alerts themselves.
    await expect
      .poll(() => told(url), { timeout: 60_000 })
      .toEqual([
        'all-down ToolCatalogDown',
        'none-ready ToolCatalogNoneReady',
        'one-down a ToolCatalogInstanceDown',
        'one-down b ToolCatalogPoolLow',
        'pairs ToolCatalogErrorsAbove5Percent',
        'pairs ToolCatalogQueriesAbove100ms',
        'pairs a ToolCatalogCacheHitRateBelow80',
        'pairs b ToolCatalogCacheHitRateBelow50',
      ])
  })
})

async function startAlertmanager(): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'tool-catalog-alertmanager-'))
  closeLater(() => rmSync(data, { recursive: true, force: true }))
  const address = `127.0.0.1:${await freePort()}`
  const url = `http://${address}`
  const flags = { 'config.file': `${MONITORING}alertmanager.yml`, 'storage.path': data, 'web.listen-address': address }
  // No peers: without an address it looks for none.
  const args = Object.entries({ ...flags, 'cluster.listen-address': '' }).map(([name, value]) => `--${name}=${value}`)
  await serve('prometheus-alertmanager', args, url)
  return url
}

type Labels = Readonly<Record<string, string>>

/** As Prometheus would send it. */
function alertOf(name: string, labels: Labels): Labels {
  const rule = allAlerts().find(({ alert }) => alert === name)
  if (!rule) throw new Error(`no alert ${name}`)
  return { alertname: name, ...rule.labels, ...labels }
}

async function send(url: string, alerts: readonly Labels[]): Promise<void> {
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels }))),
  })
  expect(response.status, await response.text()).toBe(200)
}

/** Alerts that somebody hears of, once Alertmanager has looked at all of them. */
async function told(url: string): Promise<string[]> {
  let alerts: { labels: Record<string, string>; status: { state: string } }[] = []
  await until('every alert has its place', async () => {
    alerts = await (await fetch(`${url}/api/v2/alerts`)).json()
    return alerts.length > 0 && alerts.every(({ status }) => status.state !== 'unprocessed')
  })
  return alerts
    .filter(({ status }) => status.state === 'active')
    .map(({ labels: { job, instance, alertname } }) => [job, instance, alertname].filter(Boolean).join(' '))
    .sort()
}
