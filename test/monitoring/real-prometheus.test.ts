import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { closeLater, isServer } from '../support/database.ts'
import { allRules, dashboard, expressions, shownPanels } from './monitoring-files.ts'
import { hasProgram, needs, runShell, until } from './programs.ts'
import { asSent, query } from './prometheus-answers.ts'
import { selectedMetrics } from './promql-names.ts'
import { type Stand, startStand } from './stand.ts'

let stand: Stand

beforeAll(async () => {
  if (hasProgram('prometheus')) stand = await startStand()
}, 120_000)
beforeEach((context) => needs(context, 'prometheus'))

const namedMetrics = [
  ...new Set(expressions().flatMap(({ expr }) => selectedMetrics(expr).map(({ metric }) => metric))),
]

test.each(namedMetrics)('%s is what a scrape finds', async (name) => {
  await found(name)
})

const panelQueries = shownPanels().flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })))

test.each(panelQueries)('panel $title $refId shows something', async ({ expr }) => {
  await found(asSent(expr))
})

test.each(dashboard().annotations.list)('the marks of $name can be asked for', async ({ name, expr }) => {
  if (name === 'Reloads that succeeded') await found(asSent(expr))
  else await query(stand.prometheus, asSent(expr))
})

// It compares with the days before.
const NEEDS_DAYS = ['job:tool_catalog_requests:usual_rate1h']
const records = allRules().flatMap(({ record }) => record ?? [])

test.each(records.filter((name) => !NEEDS_DAYS.includes(name)))('rule %s gives something', async (name) => {
  await found(name)
})

test('a server that is not there is an alert, and the one that is there is none', async () => {
  await until('the alert of the missing server', async () => {
    const alerts = await query(stand.prometheus, 'ALERTS{alertname="ToolCatalogInstanceDown"}')
    return alerts.some(({ labels }) => labels.instance === stand.nobody)
  })
  const alerts = await query(stand.prometheus, 'ALERTS{alertstate="firing"}')
  expect(alerts.filter(({ labels }) => labels.instance !== stand.nobody)).toEqual([])
})

describe('every command of the operations page runs as it stands there', () => {
  const [setup = '', ...blocks] = shellBlocks()
  let path: string

  beforeAll(() => {
    // As docs/deployment.md puts the command into the PATH of a server's machine.
    const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-path-'))
    closeLater(() => rmSync(folder, { recursive: true }))
    symlinkSync(fileURLToPath(new URL('../../bin/tool-catalog.js', import.meta.url)), join(folder, 'tool-catalog'))
    path = `${folder}${delimiter}${process.env.PATH}`
  })

  test.for(blocks.flatMap(commandsOf))('%s', async (command, context) => {
    context.skip(command.startsWith('psql') && !isServer(), 'the embedded database has no address that psql could take')
    const { status, stdout, stderr } = await shell(`${setup}\n${command}`, path)
    expect(status, `${stdout}${stderr}`).toBe(0)
    expect(stdout).not.toBe('')
    // GraphQL says with 200 that something is wrong, and so does Prometheus.
    expect(stdout).not.toMatch(/"errors":|"status":"error"/)
  })
})

function shell(script: string, path: string) {
  const { prometheus, catalog } = stand
  const { DATABASE_URL, DATA_DIR, ANONYMOUS_ROLE } = catalog.config
  return runShell(`set -euo pipefail\n${script}`, {
    ...(DATABASE_URL === undefined ? { DATA_DIR } : { DATABASE_URL }),
    ...(ANONYMOUS_ROLE && { ANONYMOUS_ROLE }),
    PATH: path,
    SERVER: new URL(catalog.url).origin,
    METRICS: new URL(catalog.metricsUrl).origin,
    PROMETHEUS: prometheus,
    TOOL_CATALOG_KEY: catalog.roles.admin.authorization.replace('Bearer ', ''),
  })
}

function shellBlocks(): string[] {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  return [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
}

/** A command begins at the edge; what is moved in belongs to it. */
function commandsOf(block: string): string[] {
  return block.trim().split(/\n(?=\S)/)
}

/** What an expression gives, which has to be something: soon, because rules are evaluated and scrapes come every second. */
async function found(expr: string): Promise<void> {
  await until(`${expr} is not empty`, async () => (await query(stand.prometheus, expr)).length > 0)
}
