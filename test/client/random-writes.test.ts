import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { aDefinition } from '../support/fixtures.ts'
import { seed } from '../support/seed.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { contentsOf, type Loaded, load } from './loaded.ts'
import { servedBy, tokenOf } from './real-catalog.ts'
import { portOf, type RoundRobin, startRoundRobin } from './round-robin.ts'

let catalog: TestCatalog
let proxy: RoundRobin
let loaded: Loaded
let versions = 1

beforeAll(async () => {
  catalog = await startTestCatalog()
  proxy = await startRoundRobin([portOf(catalog.url)])
  loaded = await load({ url: proxy.url, token: tokenOf(catalog.roles.reader) })
})

const NAMES = ['a', 'b', 'c', 'd'] as const
/** Versions that were made under each name, as far as nobody refused. */
const made = new Map<string, string[]>(NAMES.map((tool) => [tool, []]))

function next(tool: string): string {
  const version = `${++versions}.0.0`
  made.get(tool)?.push(version)
  return version
}

/** Each may be refused, where the tool is not as it takes: that is a write, too, of nothing. */
const WRITES: Record<string, (tool: string, other: string) => Promise<unknown>> = {
  create: (tool) => catalog.mutate('createTool', { definition: text(tool, next(tool)) }),
  publish: (tool) => catalog.mutate('publishVersion', { tool, definition: text(tool, next(tool)) }),
  draft: (tool) => catalog.mutate('updateDraft', { tool, definition: text(tool, next(tool)) }),
  enable: (tool) => catalog.mutate('setToolEnabled', { tool, enabled: true }),
  disable: (tool) => catalog.mutate('setToolEnabled', { tool, enabled: false }),
  delete: (tool) => catalog.mutate('deleteTool', { tool }),
  restore: (tool) => catalog.mutate('restoreTool', { tool }),
  rename: (tool, name) => catalog.mutate('updateTool', { tool, name }),
  rollback: (tool) => catalog.mutate('rollbackTool', { tool, toVersion: made.get(tool)?.at(-2) ?? '0' }),
  retire: (tool) =>
    catalog.mutate('setVersionStatus', { tool, version: made.get(tool)?.at(-1) ?? '0', status: 'DISABLED' }),
  import: (tool, other) =>
    seed(
      catalog.config,
      [tool, other].map((name) => aDefinition({ tool_name: name, version: next(name) })),
    ),
  cut: async () => proxy.cut(),
  away: async () => {
    const [port = 0] = proxy.ports
    proxy.ports[0] = 9
    proxy.cut()
    await new Promise((resolve) => setTimeout(resolve, 20))
    proxy.ports[0] = port
  },
}

const text = (tool_name: string, version: string) => ({ text: JSON.stringify(aDefinition({ tool_name, version })) })

const someName = fc.constantFrom(...NAMES)
const steps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(WRITES)), someName, someName), {
  minLength: 1,
  maxLength: 20,
})

test('after any writes and disconnects the profiles are what the catalog serves, and what a new loader loads', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (walk) => {
      for (const [kind, tool, other] of walk) await WRITES[kind]?.(tool, other)
      const { catalogState } = await catalog.read('{ catalogState { revision } }')
      await expect.poll(() => loaded.profiles.revision, { timeout: 35_000, interval: 10 }).toBe(catalogState.revision)
      const held = contentsOf(loaded.profiles)
      expect(held).toEqual(await servedBy(catalog.url, catalog.roles.reader))
      const fresh = await load({ url: catalog.url, token: tokenOf(catalog.roles.reader) })
      expect(held).toEqual(contentsOf(fresh.profiles))
      await fresh.profiles.close()
      const revisions = loaded.changes.map(({ revision }) => Number(revision))
      expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b))
    }),
    { numRuns: 25, endOnFailure: true },
  )
  // Otherwise nothing was tried at all.
  expect(loaded.changes.length).toBeGreaterThan(20)
  expect(loaded.problems.length).toBeGreaterThan(0)
})
