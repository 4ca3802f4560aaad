import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { serialise } from '../../src/definition/serialise.ts'
import { aDefinition } from '../support/fixtures.ts'
import { createKey, revokeKey } from '../support/keys.ts'
import { runCommand, start } from '../support/process.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { revisionOf, startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'

let folder: string
let catalog: TestCatalog
/** Of commands that speak to the server, and of those that use its database. */
let toServer: Record<string, string>
let toDatabase: Record<string, string>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tool-catalog-watched-'))
  catalog = await startTestCatalog({ WATCH_DIR: folder })
  const { DATABASE_URL, DATA_DIR } = catalog.config
  toDatabase = DATABASE_URL === undefined ? { DATA_DIR } : { DATABASE_URL }
  toServer = { TOOL_CATALOG_URL: catalog.url, TOOL_CATALOG_KEY: await createKey(catalog.config, 'editor', 'ci') }
})

const watch = (args: readonly string[] = [], environment = toServer) =>
  start('bin/tool-catalog.js', ['watch', ...args], environment)

const CONNECTED = /Connected to .*, following/

test('watch prints each change once, also those made while the connection was lost, until Ctrl-C', async () => {
  const proxy = await startTcpProxy(catalog.url)
  const watching = watch([], { ...toServer, TOOL_CATALOG_URL: proxy.url })
  await watching.printed(/Connected to .*, following from now on/)
  await catalog.create({ tool_name: 'first' }, { message: 'why not' })
  await watching.printed(/\d\d:\d\d:\d\d {2}r\d+ {2}first 1\.0\.0 created \(latest\) by key:the editor: why not\n/)
  await proxy.refuse()
  await watching.printed(/Lost the server: .*Trying again in \d+\.\d s/)
  await catalog.create({ tool_name: 'second' })
  await catalog.create({ tool_name: 'third' })
  await proxy.letThrough()
  await watching.printed(/following after revision \d+/)
  await watching.printed(/third 1\.0\.0 created/)
  const told = watching.output().match(/(?:first|second|third) 1\.0\.0 created/g)
  expect(told).toEqual(['first', 'second', 'third'].map((name) => `${name} 1.0.0 created`))
  watching.child.kill('SIGINT')
  expect(await watching.exited).toBe(0)
})

test('watch gives what was asked for as JSON, one item a line, with bookmarks to go on from', async () => {
  await catalog.create({ tool_name: 'wanted', platform: 'solaris' })
  await catalog.create({ tool_name: 'unwanted', platform: 'plan9' })
  const watching = watch(['--after', '0', '--platform', 'solaris', '--platform', 'aix', '--json'])
  await watching.printed(/"Bookmark"/)
  const items = watching
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  expect(items).toMatchObject([
    { __typename: 'ChangeSet', events: [{ toolName: 'wanted', kind: 'TOOL_CREATED' }] },
    { __typename: 'Bookmark', revision: await revisionOf(catalog) },
  ])
})

test('watch says what is wrong with the credential, and does not try again', async () => {
  const wrong = await runCommand(['watch'], { ...toServer, TOOL_CATALOG_KEY: 'tcat_nobody' })
  expect(wrong).toMatchObject({ code: 77, output: expect.stringContaining('TOOL_CATALOG_KEY: it is wrong') })
  const key = await createKey(catalog.config, 'reader', 'brief')
  const watching = watch([], { ...toServer, TOOL_CATALOG_KEY: key })
  await watching.printed(CONNECTED)
  await revokeKey(catalog.config, 'brief')
  expect(await watching.exited).toBe(77)
})

test('watch does not wait for what cannot come', async () => {
  const future = await runCommand(['watch', '--after', '999999'], toServer)
  expect(future).toMatchObject({ code: 1, output: expect.stringContaining('There is no such revision yet') })
  const elsewhere = await runCommand(['watch', '--url', catalog.url.replace('/graphql', '/nothing')], toServer)
  expect(elsewhere).toMatchObject({ code: 1, output: expect.stringContaining('answers 404') })
  expect((await runCommand(['watch', '--after', 'yesterday'], toServer)).code).toBe(2)
})

test('watch goes on behind what was compacted, and says what it leaves out', async () => {
  const compact = await runCommand(['compact', '--keep-revisions', '1', '--keep-hours', '0', '--json'], toDatabase)
  const { compactedRevision, deleted } = JSON.parse(compact.stdout)
  expect(BigInt(compactedRevision)).toBe(BigInt((await revisionOf(catalog)) ?? 0) - 1n)
  expect(deleted).toBeGreaterThan(0)
  const again = await runCommand(['compact', '--keep-revisions', '1', '--keep-hours', '0'], toDatabase)
  expect(again.stdout).toBe(`0 events deleted; subscribers can resume behind revision ${compactedRevision}\n`)

  const watching = watch(['--after', '0'])
  await watching.printed(new RegExp(`Revisions 1 to ${compactedRevision} are not kept any more`))
  await watching.printed(new RegExp(`r${BigInt(compactedRevision) + 1n} {2}`))
})

test('after a restore, a new epoch starts every watcher anew', async () => {
  const before = await runCommand(['epoch'], toDatabase)
  const watching = watch()
  await watching.printed(CONNECTED)
  await catalog.create({ tool_name: 'before-the-restore' })
  await watching.printed(/before-the-restore/)
  const renewed = await runCommand(['epoch', '--renew'], toDatabase)
  expect(renewed.stdout).toMatch(/^[0-9a-f-]{36}\n$/)
  expect(renewed.stdout).not.toBe(before.stdout)
  expect((await runCommand(['epoch'], toDatabase)).stdout).toBe(renewed.stdout)
  await watching.printed(/another history than before/)
  await catalog.create({ tool_name: 'after-the-restore' })
  await watching.printed(/after-the-restore 1\.0\.0 created/)
})

test('reload takes the folder over, and prints the place of what is wrong with it', async () => {
  writeFileSync(join(folder, 'sed.yaml'), serialise(aDefinition({ tool_name: 'sed' }), 'yaml'))
  const done = await runCommand(['reload', '--message', 'May review'], toServer)
  expect(done).toMatchObject({ code: 0 })
  expect(done.stdout).toMatch(/^\d+ files?: .*; (?:revision \d+|no new revision) \(\d+ ms\)\n$/)
  expect((await catalog.read('{ tool(name: "sed") { name } }')).tool).toEqual({ name: 'sed' })

  writeFileSync(join(folder, 'sed.yaml'), 'tool_name: sed\nversion: "1"\nplatform: linux\n')
  const failed = await runCommand(['reload', '--tool', 'sed'], toServer)
  expect(failed.code).toBe(1)
  expect(failed.output).toMatch(/sed\.yaml:\d+:\d+ error definition\.description: is required/)
  expect((await catalog.read('{ tool(name: "sed") { description } }')).tool.description).toContain('Print lines')
})

test('reload says who may not, and what it cannot reach', async () => {
  const reader = await createKey(catalog.config, 'reader', 'looker')
  const refused = await runCommand(['reload'], { ...toServer, TOOL_CATALOG_KEY: reader })
  expect(refused).toMatchObject({ code: 77, output: 'Your role does not allow this.\n' })
  const wrong = await runCommand(['reload'], { ...toServer, TOOL_CATALOG_KEY: 'tcat_nobody' })
  expect(wrong).toMatchObject({ code: 77, output: expect.stringContaining('TOOL_CATALOG_KEY') })
  const proxy = await startTcpProxy(catalog.url)
  await proxy.refuse()
  const away = await runCommand(['reload', '--url', proxy.url], toServer)
  expect(away).toMatchObject({ code: 69, output: expect.stringMatching(/^Cannot reach .*ECONNREFUSED/) })
})
