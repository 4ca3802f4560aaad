import { expect, test } from 'vitest'
import { compactHistory } from '../../src/changes/compact.ts'
import { aDefinition } from '../support/fixtures.ts'
import { createKey, revokeKey } from '../support/keys.ts'
import { seed } from '../support/seed.ts'
import { besideApp, startTestCatalog } from '../support/test-catalog.ts'
import { load, soon, versionsOf } from './loaded.ts'
import { compare, tokenOf } from './real-catalog.ts'
import { portOf, startRoundRobin } from './round-robin.ts'

/** A catalog, profiles of it, and a wire between them that can be cut. */
async function connected() {
  const catalog = await startTestCatalog()
  await catalog.create({ tool_name: 'grep' })
  await catalog.create({ tool_name: 'sed' })
  const proxy = await startRoundRobin([portOf(catalog.url)])
  const loaded = await load({ url: proxy.url, token: tokenOf(catalog.roles.reader) })
  await soon(() => loaded.profiles.status).toBe('ready')
  /** Do something while the profiles cannot hear of it. */
  const meanwhile = async (work: () => Promise<unknown>) => {
    const [port = 0] = proxy.ports
    proxy.ports[0] = 9
    proxy.cut()
    await work()
    proxy.ports[0] = port
  }
  return { catalog, ...loaded, meanwhile }
}

test('who was away for longer than the history is kept gets a snapshot that replaces everything', async () => {
  const { catalog, profiles, changes, meanwhile } = await connected()
  await meanwhile(async () => {
    await catalog.publish({ tool_name: 'grep', version: '2.0.0' })
    await catalog.done('deleteTool', { tool: 'sed' })
    await catalog.create({ tool_name: 'awk' })
    await besideApp(catalog.config, (database) => compactHistory(database, { revisions: 0, hours: 0 }))
  })
  await soon(() => versionsOf(profiles)).toEqual(['awk 1.0.0', 'grep 2.0.0'])
  expect(changes.map(({ tools, reason }) => [tools, reason])).toEqual([[['awk', 'grep', 'sed'], 'resynced']])
  await catalog.publish({ tool_name: 'awk', version: '2.0.0' })
  await soon(() => versionsOf(profiles)).toEqual(['awk 2.0.0', 'grep 2.0.0'])
  expect(changes).toHaveLength(2)
})

test('after a restore from a backup the profiles are those of the new history, though it is shorter', async () => {
  const { catalog, profiles, changes, meanwhile } = await connected()
  const { epoch } = profiles
  await meanwhile(() =>
    besideApp(catalog.config, async ({ pool }) => {
      // What a restore does to those who follow: another epoch, and revisions that they have seen are not there any more.
      await pool.query(`UPDATE tools SET deleted_at = now() WHERE name = 'sed'`)
      await pool.query(`UPDATE catalog_state SET epoch = gen_random_uuid(), revision = 1`)
    }),
  )
  await soon(() => profiles.epoch !== epoch && versionsOf(profiles)).toEqual(['grep 1.0.0'])
  expect(changes.at(-1)).toMatchObject({ tools: ['sed'], reason: 'resynced', epoch: profiles.epoch })
  expect(profiles.revision).toBe('1')
})

test('an import of thousands of tools arrives, however it is told', async () => {
  const { catalog, profiles } = await connected()
  const long = 'x'.repeat(100)
  const tools = Array.from({ length: 2_000 }, (_, index) => aDefinition({ tool_name: `${long}-${index}` }))
  await seed(catalog.config, tools)
  await expect.poll(() => profiles.all().length, { timeout: 60_000 }).toBe(2_002)
  const { served, held } = await compare(catalog, profiles)
  expect(held).toEqual(served)
  await soon(() => profiles.status).toBe('ready')
})

test('a key that is revoked is an error, and the next one that the token function gives mends it', async () => {
  const { catalog } = await connected()
  const keys = [await createKey(catalog.config, 'reader', 'old'), await createKey(catalog.config, 'reader', 'new')]
  let turn = 0
  const { profiles } = await load({ url: catalog.url, token: () => keys[turn] ?? '' })
  await soon(() => profiles.status).toBe('ready')
  await revokeKey(catalog.config, 'old')
  await expect.poll(() => profiles.status, { timeout: 80_000, interval: 200 }).toBe('error')
  expect(profiles.all()).toHaveLength(2)
  turn = 1
  await soon(() => profiles.status).toBe('ready')
})
