import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../faults/cluster.ts'
import { eventually } from '../../faults/wait.ts'
import { expectData } from '../../support/client.ts'
import { cloneDatabase, closeLater } from '../../support/database.ts'
import { bearer } from '../../support/keys.ts'
import { connect } from '../../support/websocket.ts'
import { carryOut, readStages, said } from './dockerfile.ts'
import { areThere, type Program, run } from './program.ts'

const stages = readStages()
const last = stages.at(-1) ?? { base: '', name: '', instructions: [] }

describe.runIf(areThere({ bwrap: 'bubblewrap' }))('what the Dockerfile makes', () => {
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tool-catalog-image-'))
    closeLater(() => rmSync(folder, { recursive: true, force: true }))
    for (const stage of stages) await carryOut(stage, folder)
  }, 300_000)

  /** The image as a container sees it: nothing can be written but /tmp and /data, and nobody is root. */
  const inContainer = (command: readonly string[], environment: Record<string, string>): Program => {
    const assigned = said(last, 'ENV')
      .split(' ')
      .map((one): [string, string] => [one.split('=')[0] ?? '', one.split('=')[1] ?? ''])
    const env = { ...Object.fromEntries(assigned), ...environment }
    const system = ['/usr', '/lib', '/lib64', '/etc'].filter((path) => existsSync(path))
    const user = 'bwrap --unshare-user --unshare-pid --uid 65532 --gid 65532 --die-with-parent'.split(' ')
    const places = {
      '--ro-bind': {
        ...Object.fromEntries(system.map((path) => [path, path])),
        '/nodejs/bin/node': process.execPath,
        '/app': join(folder, 'last/app'),
      },
      '--bind': { '/data': join(folder, 'last/data') },
    }
    const seen = Object.entries(places).flatMap(([how, paths]) =>
      Object.entries(paths).flatMap(([path, source]) => [how, source, path]),
    )
    const own = `--tmpfs /tmp --proc /proc --dev /dev --remount-ro / --chdir ${said(last, 'WORKDIR')} --clearenv`.split(
      ' ',
    )
    return run([
      ...user,
      ...seen,
      ...own,
      ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
      ...command,
    ])
  }
  /** The entry point of the base image is node. */
  const node = (...parameters: string[]) => ['/nodejs/bin/node', ...parameters]
  const jsonOf = (text: string) => JSON.parse(text.slice(text.indexOf('['))) as string[]

  test('runs as nobody in particular, without a shell, and is small', () => {
    expect(last.base).toMatch(/^gcr\.io\/distroless\/nodejs\d+-debian\d+:nonroot$/)
    expect(said(last, 'USER')).toBe('65532:65532')
    const megabytes = Number(execFileSync('du', ['-sm', join(folder, 'last')], { encoding: 'utf8' }).split('\t')[0])
    expect(megabytes).toBeGreaterThan(20)
    expect(megabytes).toBeLessThan(120)
    const packages = readdirSync(join(folder, 'last/app/node_modules'))
    expect(packages.filter((name) => ['vitest', 'typescript', 'prisma', 'tsx'].includes(name))).toEqual([])
  })

  test('serves from a tree that cannot be written, and its health check notices when it does not', async () => {
    const port = await freePort()
    const environment = {
      ...(await cloneDatabase()),
      ANONYMOUS_ROLE: 'none',
      PORT: String(port),
      DRAIN_DELAY_MS: '0',
      DRAIN_MS: '0',
    }
    const creation = inContainer(node('bin/tool-catalog.js', 'keys', 'create', 'first', '--role', 'admin'), environment)
    expect(await creation.exited, creation.output()).toBe(0)
    const key = /tcat_\S+/.exec(creation.output())?.[0] ?? ''
    const health = () => inContainer(jsonOf(said(last, 'HEALTHCHECK')), environment).exited
    expect(await health()).toBe(1)
    const server = inContainer(node(...jsonOf(said(last, 'CMD'))), environment)
    const isReady = () =>
      fetch(`http://127.0.0.1:${port}/ready`).then(
        ({ ok }) => ok,
        () => false,
      )
    expect(await eventually(isReady, 60_000), server.output()).toBe(true)
    expect(await health()).toBe(0)
    const url = `http://127.0.0.1:${port}/graphql`
    const { viewer, tools } = await expectData(url, '{ viewer { role } tools { totalCount } }', {}, bearer(key))
    expect(viewer.role).toBe('ADMIN')
    // The starter catalog.
    expect(tools.totalCount).toBeGreaterThan(200)
    await connect(url, { authorization: `Bearer ${key}` })
    const writing = inContainer(node('-e', 'require("node:fs").writeFileSync("/app/new", "")'), environment)
    expect(await writing.exited).toBe(1)
    expect(writing.output()).toContain('EROFS')
  })

  test('serves from the embedded database on a volume', async () => {
    const port = await freePort()
    const server = inContainer(node(...jsonOf(said(last, 'CMD'))), {
      HOST: '127.0.0.1',
      PORT: String(port),
      STARTER_CATALOG: 'false',
    })
    expect(await eventually(() => server.output().includes('Ready:'), 60_000), server.output()).toBe(true)
    expect(await expectData(`http://127.0.0.1:${port}/graphql`, '{ tools { totalCount } }')).toEqual({
      tools: { totalCount: 0 },
    })
  })
})
