import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../faults/cluster.ts'
import { ROOT } from '../../faults/replica.ts'
import { expectData } from '../../support/client.ts'
import { closeLater } from '../../support/database.ts'
import { bearer } from '../../support/keys.ts'
import { textOf } from '../yaml-files.ts'
import { runToEnd } from './program.ts'

/** Images have to come from registries, and some are built. */
const MINUTES = 60_000

/** They have ports of the machine in docker-compose.yml, which something else may have here. */
const PUBLISHED = ['prometheus', 'alertmanager', 'grafana']

/** Whether containers can be run. Nobody has to have an engine, and CI has none: it says so, and that is all. */
function isEngineThere(): boolean {
  const { status, stderr, error } = spawnSync('docker', ['compose', 'ls'], { encoding: 'utf8', timeout: 10_000 })
  if (status === 0) return true
  const reason = (error?.message ?? stderr).trim().split('\n').at(-1)
  process.stderr.write(`skipped, because no container engine answers \`docker compose ls\`: ${reason}\n`)
  return false
}

/** The commands under a heading of docs/deployment.md, block by block. */
function blocksUnder(heading: string): string[] {
  const [, part = ''] = textOf('docs/deployment.md').split(`\n## ${heading}\n`)
  const [own = ''] = part.split('\n## ')
  return [...own.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
}

describe.runIf(isEngineThere())('the commands of docs/deployment.md for containers', () => {
  const [compose = '', single = ''] = blocksUnder('Docker Compose')
  const [upgrade = ''] = blocksUnder('Upgrades and rollback')
  const name = `tool-catalog-test-${process.pid}`
  let folder: string
  let environment: Record<string, string>

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tool-catalog-containers-'))
    closeLater(() => rmSync(folder, { recursive: true, force: true }))
    const isSource = (path: string) => !/^\/?(node_modules|dist|data|\.git)(\/|$)/.test(path.replace(ROOT, ''))
    cpSync(ROOT, folder, { recursive: true, filter: isSource })
    writeFileSync(join(folder, 'docker-compose.override.yml'), override())
    environment = { COMPOSE_PROJECT_NAME: name, TOOL_CATALOG_VERSION: name, PUBLISH: `127.0.0.1:${await freePort()}` }
    closeLater(() => shell(`docker compose down --volumes; docker image rm tool-catalog:${name}`))
  })

  /** A script as it is typed, with what of this test must not get in the way of the machine's own. */
  const shell = (script: string, more: Record<string, string> = {}) => {
    const { HOME = '/root', DOCKER_HOST, DOCKER_CONFIG } = process.env
    const docker = { ...(DOCKER_HOST && { DOCKER_HOST }), ...(DOCKER_CONFIG && { DOCKER_CONFIG }) }
    return runToEnd(['bash', '--norc', '-e', '-c', script], {
      cwd: folder,
      env: { HOME, ...docker, ...environment, ...more },
    })
  }
  const typed = (block: string) =>
    block
      .replaceAll('127.0.0.1:3005', environment.PUBLISH ?? '')
      .replaceAll('tool-catalog:local', `tool-catalog:${name}`)

  test('two servers are made, started, and ready behind their proxy; the key opens them', {
    timeout: 30 * MINUTES,
  }, async () => {
    const output = await shell(typed(compose))
    expect(output).toContain('Key first-admin (admin) created')
    expect(output).toContain('{"ready":true')
    const key = /tcat_\w+/.exec(output)?.[0] ?? ''
    const url = `http://${environment.PUBLISH}/graphql`
    const { viewer, tools } = await expectData(url, '{ viewer { role } tools { totalCount } }', {}, bearer(key))
    expect(viewer.role).toBe('ADMIN')
    expect(tools.totalCount).toBeGreaterThan(200)
    const states = (await shell('docker compose ps --all --format "{{.Service}} {{.State}}"')).trim().split('\n')
    expect(states.filter((line) => !line.endsWith(' running'))).toEqual([])
    expect(await shell('stat --format %a .env')).toBe('600\n')
  })

  test('a new release takes the place of the old one, one server after the other', {
    timeout: 5 * MINUTES,
  }, async () => {
    const containers = async () =>
      (await shell('docker compose ps --quiet tool-catalog-1 tool-catalog-2')).trim().split('\n')
    const before = await containers()
    appendFileSync(join(folder, 'deploy/health.js'), '// The next release.\n')
    expect(await shell(typed(upgrade))).toContain('The database is up to date')
    const after = await containers()
    expect(after).toHaveLength(2)
    expect(after.filter((id) => before.includes(id))).toEqual([])
    expect(await shell(`curl -sf http://${environment.PUBLISH}/ready`)).toContain('{"ready":true')
  })

  test('a single container keeps the embedded database in its volume', { timeout: 5 * MINUTES }, async () => {
    const port = await freePort()
    const own = typed(single)
      .replace('docker run', `docker run --name ${name} -e PORT=${port}`)
      .replace('catalog:/data', `${name}:/data`)
    closeLater(() => shell(`docker rm --force ${name}; docker volume rm ${name}`))
    await shell(own)
    const ready = `curl -sf --retry 60 --retry-delay 1 --retry-all-errors http://127.0.0.1:${port}/ready`
    expect(await shell(ready)).toContain('{"ready":true')
    await shell(`docker restart ${name}`)
    expect(await shell(ready)).toContain('{"ready":true')
    expect(await shell(`docker logs ${name} 2>&1 | grep -c 'Importing the starter catalog: 536'`)).toBe('1\n')
  })
})

/** Ports are only the proxy's, and there are no more open files than the machine allows. */
function override(): string {
  const unpublished = PUBLISHED.map((service) => `  ${service}: { ports: !override [] }`)
  const most = Number(spawnSync('bash', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout)
  const limit = most < 40_100 ? [`  proxy: { ulimits: { nofile: ${most} } }`] : []
  return ['services:', ...unpublished, ...limit, ''].join('\n')
}
