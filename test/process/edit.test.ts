import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createKey } from '../support/keys.ts'
import { runCommand } from '../support/process.ts'
import { KEYS, lacksTerminal, onTerminal } from '../support/terminal.ts'
import { revisionOf, startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'

let catalog: TestCatalog
let toServer: Record<string, string>
let folder: string
beforeAll(async () => {
  catalog = await startTestCatalog()
  toServer = { TOOL_CATALOG_URL: catalog.url, TOOL_CATALOG_KEY: await createKey(catalog.config, 'editor', 'author') }
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tool-catalog-editor-'))
})

/** An editor that runs sed on the file, after noting where it is and what it was given beside it. */
function anEditor(...expressions: readonly string[]): Record<string, string> {
  const file = join(folder, 'editor')
  const lines = expressions.map((expression) => `sed -i '${expression}' "$2"`)
  writeFileSync(file, `#!/bin/sh\necho "$1 $2" >> '${folder}/calls'\n${lines.join('\n')}\n`)
  chmodSync(file, 0o755)
  return { ...toServer, EDITOR: `${file} --wait` }
}

const editedFile = () => /^--wait (.+)$/m.exec(readFileSync(join(folder, 'calls'), 'utf8'))?.[1] ?? ''
const versionsOf = async (name: string) =>
  (
    await catalog.read(
      'query ($name: String!) { tool(name: $name) { latest { version } versions { nodes { version status description } } } }',
      { name },
    )
  ).tool

test('what was edited is published as the next version, with what it changes said first', async () => {
  await catalog.create({ tool_name: 'published' })
  const editor = anEditor(
    's/^description: .*/description: Said better./',
    's/production_safe: true/production_safe: false/',
  )
  const { code, output } = await runCommand(['edit', 'published', '--publish', '--message', 'why not'], editor)
  expect(output).toContain('published 1.0.0 → 1.0.1: 3 differences, 1 breaking\n')
  expect(output).toContain(
    '  BREAKING ~ capabilities.text_search.patterns.search_files.policy.production_safe: true → false\n',
  )
  expect(output).toContain('  fine     ~ description: "Print lines that match a pattern." → "Said better."\n')
  expect(output).toMatch(/published 1\.0\.1 is published now \(revision \d+\)/)
  expect(code).toBe(0)
  expect(existsSync(editedFile())).toBe(false)
  const { latest, versions } = await versionsOf('published')
  expect(latest).toEqual({ version: '1.0.1' })
  expect(versions.nodes).toContainEqual({
    version: '1.0.0',
    status: 'ACTIVE',
    description: 'Print lines that match a pattern.',
  })
  expect(versions.nodes).toContainEqual({ version: '1.0.1', status: 'ACTIVE', description: 'Said better.' })
})

test('without a terminal it becomes a draft, and a draft is edited in place', async () => {
  await catalog.create({ tool_name: 'drafted' })
  await runCommand(['edit', 'drafted'], anEditor('s/^description: .*/description: First./'))
  expect((await versionsOf('drafted')).versions.nodes).toContainEqual({
    version: '1.0.1',
    status: 'DRAFT',
    description: 'First.',
  })
  const { output } = await runCommand(['edit', 'drafted', '--version', '1.0.1'], anEditor('s/First/Second/'))
  expect(output).toContain('drafted 1.0.1 is a draft now')
  const { latest, versions } = await versionsOf('drafted')
  expect(latest).toEqual({ version: '1.0.0' })
  expect(versions.nodes).toHaveLength(2)
  expect(versions.nodes).toContainEqual({ version: '1.0.1', status: 'DRAFT', description: 'Second.' })
})

test('nothing changed, nothing done; a comment is no change', async () => {
  await catalog.create({ tool_name: 'same' })
  const before = await revisionOf(catalog)
  const { code, output } = await runCommand(['edit', 'same', '--publish'], anEditor('1s/$/ # seen/'))
  expect({ code, output }).toEqual({ code: 0, output: 'Nothing was changed, so nothing was done.\n' })
  expect(await revisionOf(catalog)).toBe(before)
  expect(existsSync(editedFile())).toBe(false)
})

test('what is wrong is said with its place, nothing is saved, and the text is kept', async () => {
  await catalog.create({ tool_name: 'broken' })
  const before = await revisionOf(catalog)
  const { code, output } = await runCommand(
    ['edit', 'broken', '--publish'],
    anEditor('s/complexity_score: .*/complexity_score: 7/'),
  )
  expect(code).toBe(1)
  const file = editedFile()
  expect(output).toMatch(new RegExp(`${file}:\\d+:\\d+ error pattern\\.complexity_score: 7 is above 1\n`))
  expect(output).toContain(`What you wrote is in ${file}\nNothing was saved.\n`)
  expect(readFileSync(file, 'utf8')).toContain('complexity_score: 7')
  expect(await revisionOf(catalog)).toBe(before)
})

test('a change that somebody else made meanwhile is not written over', async () => {
  await catalog.create({ tool_name: 'contested' })
  const editor = anEditor('s/^description: .*/description: Mine./')
  const url = catalog.url
  const [auth] = Object.entries(catalog.roles.editor)[0]?.slice(1) ?? []
  const change = JSON.stringify({
    query: 'mutation { setToolEnabled(input: { tool: "contested", enabled: false }) { __typename } }',
  })
  writeFileSync(
    join(folder, 'editor'),
    `${readFileSync(join(folder, 'editor'), 'utf8')}curl -s -H 'content-type: application/json' -H 'authorization: ${auth}' -d '${change}' ${url}\n`,
  )
  const { code, output } = await runCommand(['edit', 'contested', '--publish'], editor)
  expect(code).toBe(1)
  expect(output).toMatch(/revision/)
  expect(output).toContain(`What you wrote is in ${editedFile()}\n`)
  expect((await versionsOf('contested')).versions.nodes).toHaveLength(1)
})

test('what there is not is said', async () => {
  expect((await runCommand(['edit', 'nobody'], anEditor())).output).toContain('There is no tool "nobody".')
  await catalog.create({ tool_name: 'lonely' })
  expect((await runCommand(['edit', 'lonely', '--version', '9'], anEditor())).output).toContain(
    'lonely has no version 9.',
  )
  const without = await runCommand(['edit', 'lonely'], toServer)
  expect(without).toMatchObject({ code: 2 })
  expect(without.output).toContain('Say which editor to open')
})

describe.skipIf(lacksTerminal())('on a terminal', () => {
  test('it asks what to do, and a text with errors can be edited again', async () => {
    await catalog.create({ tool_name: 'asked' })
    const editor = anEditor(
      's/complexity_score: 7/complexity_score: 0.5/',
      's/complexity_score: 0.2/complexity_score: 7/',
    )
    const terminal = onTerminal(['edit', 'asked'], editor, folder)
    await terminal.sees('error pattern.complexity_score: 7 is above 1')
    await terminal.sees('❯ Edit again')
    terminal.type(KEYS.enter)
    await terminal.sees('asked 1.0.0 → 1.0.1: ')
    await terminal.sees('❯ Save as a draft')
    terminal.type(KEYS.down)
    await terminal.sees('❯ Publish')
    terminal.type(KEYS.enter)
    await terminal.sees('asked 1.0.1 is published now')
    expect(await terminal.exited).toBe(0)
    expect((await versionsOf('asked')).latest).toEqual({ version: '1.0.1' })
  })
})
