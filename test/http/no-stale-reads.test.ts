import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { openDatabase } from '../../src/db/database.ts'
import { createLogger } from '../../src/logger.ts'
import { makeFolder, type TestFolder, tool } from '../reload/folder.ts'
import { closeLater, isServer } from '../support/database.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'
import { seed } from '../support/seed.ts'
import { asText, startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { ask, type Caller, Oracle, readOn, readsOf, type Told } from './stale-oracle.ts'

// Random writes and reloads, one after the other, while readers of two roles read from every replica, caches on. Whatever a
// reader is told as of a revision must be what the database alone gives at that revision.

const NAMES = ['a', 'b', 'c', 'd'] as const
const READS = readsOf([...NAMES, 'file', 'nobody'])
const ROLES = ['reader', 'editor'] as const

let catalog: TestCatalog
let folder: TestFolder
let oracle: Oracle
let callers: readonly Caller[]
let versions = 1

beforeAll(async () => {
  folder = makeFolder()
  catalog = await startTestCatalog({ WATCH_DIR: folder.path })
  const { config, roles } = catalog
  const urls = [catalog.url]
  // The embedded database is one process's.
  if (isServer()) {
    const second = await createApp({ config, logger: createLogger(config) })
    closeLater(() => second.stop())
    urls.push(second.url)
  }
  callers = urls.flatMap((url) => ROLES.map((role) => ({ url, role, headers: roles[role] })))
  const database = await openDatabase(config, { mayAttach: true })
  closeLater(() => database.close())
  oracle = new Oracle(database, READS, ROLES)
})

const next = () => `${++versions}.0.0`
const made = new Map<string, string[]>(NAMES.map((name) => [name, []]))

function document(name: string) {
  const version = next()
  made.get(name)?.push(version)
  const patterns = { [`search_${version}`]: aPattern({ time_estimate_ms: versions }) }
  const capabilities = { text_search: { description: `Find text, version ${version}.`, patterns } }
  return aDefinition({ tool_name: name, version, description: `Print moving lines, ${version}.`, capabilities })
}

/** Each may be refused, where the tool is not as it takes: that is a write of nothing. */
const WRITES: Readonly<Record<string, (name: string, other: string) => Promise<unknown>>> = {
  create: (name) => catalog.mutate('createTool', { definition: asText(document(name)) }),
  publish: (name) => catalog.mutate('publishVersion', { tool: name, definition: asText(document(name)) }),
  draft: (name) => catalog.mutate('updateDraft', { tool: name, definition: asText(document(name)) }),
  enable: (name) => catalog.mutate('setToolEnabled', { tool: name, enabled: true }),
  disable: (name) => catalog.mutate('setToolEnabled', { tool: name, enabled: false }),
  delete: (name) => catalog.mutate('deleteTool', { tool: name }),
  restore: (name) => catalog.mutate('restoreTool', { tool: name }),
  rename: (name, other) => catalog.mutate('updateTool', { tool: name, name: other }),
  rollback: (name) => catalog.mutate('rollbackTool', { tool: name, toVersion: made.get(name)?.at(-2) ?? '0' }),
  deprecate: (name) =>
    catalog.mutate('setVersionStatus', { tool: name, version: made.get(name)?.at(-1) ?? '0', status: 'DEPRECATED' }),
  // Beside the servers, as another process writes.
  import: (name, other) => seed(catalog.config, [document(name), document(other)], { onConflict: 'overwrite' }),
  save: async () => {
    const { catalogState } = await catalog.read('{ catalogState { revision } }')
    await folder.save('file.yaml', tool('file', { ...document('file'), tool_name: 'file' }))
    await expect.poll(oracleRevision, { timeout: 20_000, interval: 5 }).toBe(Number(catalogState.revision) + 1)
  },
}

const oracleRevision = async () => Number((await catalog.read('{ catalogState { revision } }')).catalogState.revision)

/** What the writer itself reads, at the replica it wrote to, and at every other one with the revision that it was told. */
async function readOwnWrite(answer: unknown): Promise<void> {
  const revision = (answer as { readonly revision?: string } | undefined)?.revision
  if (revision === undefined) return
  for (const [index, caller] of callers.entries()) {
    const isWriters = caller.url === catalog.url
    const headers = isWriters ? caller.headers : { ...caller.headers, 'x-catalog-min-revision': revision }
    const told = await ask({ ...caller, headers }, READS, 'list')
    expect(told.revision, `caller ${index}`).toBeGreaterThanOrEqual(Number(revision))
  }
}

const someName = fc.constantFrom(...NAMES)
const steps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(WRITES)), someName, someName), {
  minLength: 15,
  maxLength: 25,
})

/** However many of the others are refused, these are not: nothing else is done to this tool. */
const CERTAIN = Array.from({ length: 3 }, () => ['import', 'always', 'always'] as const)

test('whatever is written and reloaded meanwhile, no read shows anything else than its revision', async () => {
  const all: Told[] = []
  await fc.assert(
    fc.asyncProperty(steps, async (walk) => {
      await oracle.record()
      const stopping = new AbortController()
      const reading = callers.map((caller) => readOn(caller, READS, stopping.signal))
      for (const [kind, name, other] of [...CERTAIN, ...walk]) {
        await readOwnWrite(await WRITES[kind]?.(name, other))
        await oracle.record()
      }
      stopping.abort()
      for (const told of await Promise.all(reading)) {
        expect(told.filter((each) => oracle.answerTo(each) !== each.data)).toEqual([])
        const revisions = told.map(({ revision }) => revision)
        expect(revisions, 'nobody is taken back').toEqual([...revisions].sort((a, b) => a - b))
        all.push(...told)
      }
    }),
    { numRuns: 4, endOnFailure: true },
  )
  // Otherwise nothing was tried at all.
  expect(new Set(all.map(({ revision }) => revision)).size).toBeGreaterThan(20)
  expect(new Set(all.map(({ role, read }) => `${role} ${read}`)).size).toBe(Object.keys(READS).length * ROLES.length)
  const { caches } = (await catalog.read('{ performanceStatistics { caches { name hits } } }', {}, catalog.roles.admin))
    .performanceStatistics
  for (const { name, hits } of caches) expect(hits, `the cache of ${name} was used`).toBeGreaterThan(0)
}, 400_000)
