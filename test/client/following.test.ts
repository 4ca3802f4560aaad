import { beforeAll, beforeEach, expect, test } from 'vitest'
import { aDefinition } from '../support/fixtures.ts'
import { seed } from '../support/seed.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { type Loaded, load, soon } from './loaded.ts'
import { compare, tokenOf } from './real-catalog.ts'

let catalog: TestCatalog
let loaded: Loaded

beforeAll(async () => {
  catalog = await startTestCatalog()
  loaded = await load({ url: catalog.url, token: tokenOf(catalog.roles.reader) })
})

/** A tool of each test's own. */
let name: string
let count = 0

beforeEach(async () => {
  name = `tool-${++count}`
  await catalog.create({ tool_name: name })
  await known()
})

/** Wait until the loader is where the catalog is. */
async function known(): Promise<void> {
  const { catalogState } = await catalog.read('{ catalogState { revision } }')
  await soon(() => loaded.profiles.revision).toBe(catalogState.revision)
  const { served, held } = await compare(catalog, loaded.profiles)
  expect(held).toEqual(served)
}

test('a new version is there, and is told', async () => {
  const { revision } = await catalog.publish({ tool_name: name, version: '2.0.0' })
  await known()
  expect(loaded.profiles.get(name)?.version).toBe('2.0.0')
  expect(loaded.changes.at(-1)).toMatchObject({ revision, tools: [name], reason: 'changed' })
})

test('a disabled tool leaves the lists, and comes back', async () => {
  await catalog.done('setToolEnabled', { tool: name, enabled: false })
  await known()
  expect(loaded.profiles.get(name)?.enabled).toBe(false)
  expect(loaded.profiles.all().some((profile) => profile.name === name)).toBe(false)
  await catalog.done('setToolEnabled', { tool: name, enabled: true })
  await known()
  expect(loaded.profiles.byCapability('text_search').some((profile) => profile.name === name)).toBe(true)
})

test('a deleted tool is gone, and a restored one is there again', async () => {
  await catalog.done('deleteTool', { tool: name })
  await known()
  expect(loaded.profiles.get(name)).toBeUndefined()
  await catalog.done('restoreTool', { tool: name })
  await known()
  expect(loaded.profiles.get(name)?.version).toBe('1.0.0')
})

test('a renamed tool is found under its new name alone', async () => {
  await catalog.done('updateTool', { tool: name, name: `${name}-renamed` })
  await known()
  expect(loaded.profiles.get(name)).toBeUndefined()
  expect(loaded.profiles.get(`${name}-renamed`)?.version).toBe('1.0.0')
  expect(loaded.changes.at(-1)?.tools).toEqual([name, `${name}-renamed`])
})

test('a rollback is followed', async () => {
  await catalog.publish({ tool_name: name, version: '2.0.0' })
  await known()
  await catalog.done('rollbackTool', { tool: name, toVersion: '1.0.0' })
  await known()
  expect(loaded.profiles.get(name)?.version).toBe('1.0.0')
})

test('a version that was asked for is read anew when it has changed', async () => {
  await catalog.publish({ tool_name: name, version: '2.0.0' })
  await known()
  expect((await loaded.profiles.get(name, '1.0.0'))?.status).toBe('active')
  await catalog.done('setVersionStatus', { tool: name, version: '1.0.0', status: 'DEPRECATED' })
  await known()
  expect((await loaded.profiles.get(name, '1.0.0'))?.status).toBe('deprecated')
})

test('drafts pass by, and the revision with them', async () => {
  const before = loaded.changes.length
  await catalog.done('updateDraft', { tool: name, copyOf: '1.0.0', version: '9.0.0' })
  const { catalogState } = await catalog.read('{ catalogState { revision } }')
  // The server says so some time after what a reader may not see.
  await expect.poll(() => loaded.profiles.revision, { timeout: 35_000 }).toBe(catalogState.revision)
  expect(loaded.changes.length).toBe(before)
  expect(loaded.profiles.get(name)?.version).toBe('1.0.0')
})

test.each([14, 15, 16, 40, 300])('an import of %i tools is one change', async (size) => {
  const tools = Array.from({ length: size }, (_, index) => aDefinition({ tool_name: `${name}-${index}` }))
  const before = loaded.changes.length
  await seed(catalog.config, tools)
  await known()
  expect(loaded.profiles.all().filter((profile) => profile.name.startsWith(`${name}-`))).toHaveLength(size)
  expect(loaded.changes.slice(before)).toHaveLength(1)
})

test('changes that come one after the other are told one by one, in order', async () => {
  const before = loaded.changes.length
  const { revision } = await catalog.publish({ tool_name: name, version: '2.0.0' })
  for (let patch = 1; patch < 30; patch++) await catalog.publish({ tool_name: name, version: `2.0.${patch}` })
  await known()
  const revisions = loaded.changes.slice(before).map((change) => Number(change.revision))
  expect(revisions).toEqual(Array.from({ length: 30 }, (_, index) => Number(revision) + index))
})
