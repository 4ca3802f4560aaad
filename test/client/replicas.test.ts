import { beforeAll, expect, test } from 'vitest'
import { type App, createApp } from '../../src/app.ts'
import { createLogger } from '../../src/logger.ts'
import { closeLater, isServer } from '../support/database.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { load, soon } from './loaded.ts'
import { compare, tokenOf } from './real-catalog.ts'
import { portOf, startRoundRobin } from './round-robin.ts'

let catalog: TestCatalog

beforeAll(async () => {
  // What writes is not behind the proxy, and lives on.
  catalog = await startTestCatalog()
})

async function startReplica(): Promise<App> {
  const app = await createApp({ config: catalog.config, logger: createLogger(catalog.config) })
  closeLater(() => app.stop())
  return app
}

/** Write until told to stop. @returns the revisions that were made */
async function write(signal: AbortSignal): Promise<string[]> {
  const revisions: string[] = []
  const versions = new Map<string, number>()
  for (let step = 0; !signal.aborted; step++) {
    const name = `tool-${step % 7}`
    const version = (versions.get(name) ?? 0) + 1
    versions.set(name, version)
    const fields = { tool_name: name, version: `${version}.0.0` }
    const { revision } = await (version === 1 ? catalog.create(fields) : catalog.publish(fields))
    revisions.push(revision)
    if (step % 5 === 4) {
      const enabled = step % 2 === 0
      const { revision: last, changes } = await catalog.done('setToolEnabled', { tool: name, enabled })
      if (changes.length > 0) revisions.push(last)
    }
  }
  return revisions
}

test.runIf(isServer())(
  'two replicas behind a dumb proxy are killed in turn under a writer, and nothing is missed, told twice or out of order',
  async () => {
    const replicas = [await startReplica(), await startReplica()]
    const proxy = await startRoundRobin(replicas.map(({ url }) => portOf(url)))
    const { profiles, changes, problems } = await load({ url: proxy.url, token: tokenOf(catalog.roles.reader) })
    const start = Number(profiles.revision)
    const stopping = new AbortController()
    const written = write(stopping.signal)
    for (let turn = 0; turn < 6; turn++) {
      const index = turn % 2
      const before = changes.length
      await soon(() => changes.length).toBeGreaterThan(before)
      const dying = replicas[index]
      if (!dying) throw new Error('There are two')
      proxy.cut(portOf(dying.url))
      await dying.stop()
      const replica = await startReplica()
      replicas[index] = replica
      proxy.ports[index] = portOf(replica.url)
    }
    stopping.abort()
    const revisions = await written
    await soon(() => profiles.revision).toBe(revisions.at(-1))
    expect(changes.map(({ revision }) => revision)).toEqual(revisions)
    expect(revisions.map(Number)).toEqual(revisions.map((_, index) => start + 1 + index))
    expect(changes.every(({ reason }) => reason === 'changed')).toBe(true)
    expect(problems.length).toBeGreaterThan(0)
    const { served, held } = await compare(catalog, profiles)
    expect(held).toEqual(served)
    await soon(() => profiles.status).toBe('ready')
  },
)

test('a server that is restarted is followed again, from where it was left', async () => {
  const own = isServer() ? await startReplica() : undefined
  const proxy = await startRoundRobin([portOf(own?.url ?? catalog.url)])
  const { profiles, changes } = await load({ url: proxy.url, token: tokenOf(catalog.roles.reader) })
  await soon(() => profiles.status).toBe('ready')
  const [port = 0] = proxy.ports
  // Nobody listens there, as between the end of one process and the start of the next.
  proxy.ports[0] = 9
  proxy.cut()
  await own?.stop()
  const { revision } = await catalog.create({ tool_name: 'meanwhile' })
  await soon(() => profiles.status).toBe('stale')
  expect(profiles.get('meanwhile')).toBeUndefined()
  proxy.ports[0] = own ? portOf((await startReplica()).url) : port
  await soon(() => profiles.get('meanwhile')?.version).toBe('1.0.0')
  expect(changes.map((change) => [change.revision, change.reason])).toEqual([[revision, 'changed']])
  await soon(() => profiles.status).toBe('ready')
})
