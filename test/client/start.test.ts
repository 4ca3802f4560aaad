import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadProfiles } from '../../src/client/load-profiles.ts'
import { closeLater } from '../support/database.ts'
import { aDefinition } from '../support/fixtures.ts'
import { type FakeCatalog, refusal, startFakeCatalog } from './fake-catalog.ts'
import { load, soon, versionsOf } from './loaded.ts'

function folder(files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'tool-catalog-client-'))
  closeLater(() => rmSync(path, { recursive: true, force: true }))
  mkdirSync(join(path, 'linux'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

const yaml = (name: string, version = '1.0.0', more = '') =>
  `tool_name: ${name}\nversion: "${version}"\ndescription: From a file.\nplatform: linux\ncategory: system\n${more}`

const NOWHERE = 'http://127.0.0.1:9/graphql'

/** A cache file that was written while the server was there; the server is away by now. */
async function savedBy(catalog: FakeCatalog, path: string): Promise<void> {
  const { profiles } = await load({ url: catalog.url, cacheFile: path, cacheDelayMs: 1 })
  await profiles.close()
  catalog.stop()
}

test('the server comes first, and says so', async () => {
  const { url } = await startFakeCatalog()
  const { profiles } = await load({ url, fallback: folder({ 'a.yaml': yaml('a') }) })
  expect([profiles.source, profiles.status, profiles.revision]).toEqual(['server', 'ready', '10'])
  expect(versionsOf(profiles)).toEqual(['find 1.0.0', 'grep 1.0.0'])
})

test('when the server is away the last saved state comes before the files, and says so', async () => {
  const catalog = await startFakeCatalog()
  const cacheFile = join(folder(), 'profiles.jsonl')
  await savedBy(catalog, cacheFile)
  const { profiles, problems } = await load({ url: catalog.url, cacheFile, fallback: folder({ 'a.yaml': yaml('a') }) })
  expect([profiles.source, profiles.status, profiles.revision]).toEqual(['cache', 'stale', '10'])
  expect(versionsOf(profiles)).toEqual(['find 1.0.0', 'grep 1.0.0'])
  await soon(() => problems.join()).toContain('cannot be reached')
})

test('when nothing was saved the files are served, the highest version of each, and bad ones are problems', async () => {
  const fallback = folder({
    'a.yaml': yaml('a'),
    'a-10.yaml': yaml('a', '1.10.0'),
    'a-9.json': JSON.stringify(aDefinition({ tool_name: 'A', version: '1.9.0' })),
    'a-draft.yaml': yaml('a', '3.0.0', 'status: draft\n'),
    'linux/b.yml': yaml('b'),
    'off.yaml': yaml('off', '1.0.0', 'enabled: false\n'),
    'broken.yaml': 'tool_name: [',
    'bytes.yaml': '\xff\xfe'.repeat(10),
    'other.yaml': 'a: 1',
    'readme.txt': 'not read',
    '.hidden.yaml': 'not: read',
  })
  const { profiles, problems } = await load({ url: NOWHERE, fallback, cacheFile: join(fallback, 'linux/none') })
  expect([profiles.source, profiles.status, profiles.revision]).toEqual(['files', 'stale', undefined])
  expect(versionsOf(profiles)).toEqual(['a 1.10.0', 'b 1.0.0'])
  expect(profiles.get('OFF')?.enabled).toBe(false)
  await soon(() => problems.filter((problem) => problem.startsWith('files: ')).length).toBe(3)
  expect(problems.join('\n')).toMatch(/broken\.yaml:1:\d+ error yaml\.syntax/)
})

test('when there is nothing at all it says so, and not before the time is over', async () => {
  const started = performance.now()
  const nothing = loadProfiles({ url: NOWHERE, fallback: folder(), cacheFile: '/nowhere/at/all', timeoutMs: 600 })
  await expect(nothing).rejects.toMatchObject({ name: 'ProfileError', code: 'NOTHING_TO_SERVE' })
  expect(performance.now() - started).toBeGreaterThan(500)
  expect(performance.now() - started).toBeLessThan(3_000)
})

test('a server that comes while it is waited for is taken', async () => {
  const { url, state } = await startFakeCatalog()
  let times = 0
  state.answer = () => (++times < 4 ? refusal('NOT_READY', 503) : undefined)
  expect((await load({ url })).profiles.source).toBe('server')
})

test('a server that does not answer holds the start up for no longer than it may', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  closeLater(() => silent.close())
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  const started = performance.now()
  const fallback = folder({ 'a.yaml': yaml('a') })
  const { profiles } = await load({ url: `http://127.0.0.1:${port}/graphql`, fallback, timeoutMs: 300 })
  expect(performance.now() - started).toBeLessThan(2_000)
  expect(profiles.source).toBe('files')
})

test('a credential that is not good is an error, and what is there is served', async () => {
  const { url, state } = await startFakeCatalog()
  state.answer = () => refusal('UNAUTHENTICATED', 401)
  const { profiles } = await load({ url, fallback: folder({ 'a.yaml': yaml('a') }) })
  expect([profiles.source, profiles.status]).toEqual(['files', 'error'])
  await expect(loadProfiles({ url, timeoutMs: 5_000 })).rejects.toMatchObject({ code: 'NOTHING_TO_SERVE' })
})

test('files are replaced, not merged, when the server comes', async () => {
  const { url, state } = await startFakeCatalog()
  state.answer = () => refusal('NOT_READY', 503)
  const { profiles, changes } = await load({
    url,
    fallback: folder({ 'a.yaml': yaml('a'), 'grep.yaml': yaml('grep') }),
  })
  expect(versionsOf(profiles)).toEqual(['a 1.0.0', 'grep 1.0.0'])
  state.answer = () => undefined
  await soon(() => profiles.source).toBe('server')
  expect(versionsOf(profiles)).toEqual(['find 1.0.0', 'grep 1.0.0'])
  expect(changes.map(({ tools, reason }) => [tools, reason])).toEqual([[['a', 'find', 'grep'], 'resynced']])
  await soon(() => profiles.status).toBe('ready')
})

test('a saved state is replaced by the server, though its history is another and lower one', async () => {
  const catalog = await startFakeCatalog()
  const cacheFile = join(folder(), 'profiles.jsonl')
  await savedBy(catalog, cacheFile)
  const other = await startFakeCatalog(['sed'])
  writeFileSync(cacheFile, readFileSync(cacheFile, 'utf8').replace(catalog.url, other.url))
  other.state.answer = ({ headers }) =>
    Number(headers['x-catalog-min-revision']) > 2 ? refusal('REVISION_NOT_YET_AVAILABLE', 503) : refusal('NOT_READY')
  const { profiles } = await load({ url: other.url, cacheFile })
  expect(profiles.source).toBe('cache')
  Object.assign(other.state, { epoch: 'second', revision: 2 })
  other.state.answer = ({ headers }) =>
    Number(headers['x-catalog-min-revision']) > 2 ? refusal('REVISION_NOT_YET_AVAILABLE', 503) : undefined
  await soon(() => [profiles.source, profiles.revision, profiles.epoch]).toEqual(['server', '2', 'second'])
  expect(versionsOf(profiles)).toEqual(['sed 1.0.0'])
})

test('the cache file is written whole, for the owner alone, after changes and when it is closed', async () => {
  const { url, followed, change } = await startFakeCatalog()
  const path = folder()
  const cacheFile = join(path, 'profiles.jsonl')
  const { profiles } = await load({ url, cacheFile, cacheDelayMs: 20 })
  await soon(() => readdirSync(path)).toContain('profiles.jsonl')
  expect(statSync(cacheFile).mode & 0o777).toBe(0o600)
  await soon(() => followed.length).toBe(1)
  change({ grep: { version: '2.0.0' } })
  await soon(() => readFileSync(cacheFile, 'utf8')).toContain('"2.0.0"')
  change({ find: { version: '3.0.0' } })
  await soon(() => profiles.revision).toBe('12')
  await profiles.close()
  expect(readFileSync(cacheFile, 'utf8')).toContain('"3.0.0"')
  expect(readdirSync(path).sort()).toEqual(['linux', 'profiles.jsonl'])
})

test('a cache file that cannot be written is a problem, and nothing more', async () => {
  const { url } = await startFakeCatalog()
  const { profiles, problems } = await load({ url, cacheFile: '/nowhere/at/all', cacheDelayMs: 1 })
  await soon(() => problems.join()).toContain('cache: /nowhere/at/all: Error: ENOENT')
  await soon(() => profiles.status).toBe('ready')
})

test.each<[string, (text: string) => string]>([
  ['of another server', (text) => text.replace('127.0.0.1', '127.0.0.2')],
  ['of another format', (text) => text.replace('profiles/1', 'profiles/2')],
  ['that is cut off between lines', (text) => `${text.split('\n').slice(0, -2).join('\n')}\n`],
  ['that is cut off inside a line', (text) => text.slice(0, -20)],
  ['that is empty', () => ''],
  ['that is something else', () => 'hello\n'],
])('a cache file %s is a problem, and is not served', async (_, spoil) => {
  const catalog = await startFakeCatalog()
  const cacheFile = join(folder(), 'profiles.jsonl')
  await savedBy(catalog, cacheFile)
  writeFileSync(cacheFile, spoil(readFileSync(cacheFile, 'utf8')))
  const { profiles, problems } = await load({ url: catalog.url, cacheFile, fallback: folder({ 'a.yaml': yaml('a') }) })
  expect(profiles.source).toBe('files')
  await soon(() => problems.filter((problem) => problem.startsWith('cache: ')).length).toBe(1)
})

test('a url that is none is refused at once', async () => {
  await expect(loadProfiles({ url: 'catalog' })).rejects.toThrow(TypeError)
  await expect(loadProfiles({ url: 'ftp://catalog/graphql' })).rejects.toThrow(TypeError)
})
