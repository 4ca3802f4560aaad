import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { startLanguageServer } from '../support/language-server.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SCHEMA = pathToFileURL(`${ROOT}definition.schema.json`).href

interface Diagnostics {
  readonly uri: string
  readonly diagnostics: readonly {
    readonly message: string
    readonly range: { readonly start: { readonly line: number } }
  }[]
}

let server: ReturnType<typeof startLanguageServer>
beforeAll(async () => {
  server = startLanguageServer()
  await server.ask('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(ROOT).href,
    capabilities: { textDocument: { completion: { completionItem: { snippetSupport: true } }, hover: {} } },
  })
  server.tell('initialized', {})
})

let opened = 0
/** Open a file whose first line names the schema, and wait for what the server says of it. */
async function open(text: string) {
  const uri = `file:///tmp/tool-${++opened}.yaml`
  const lines = `# yaml-language-server: $schema=${SCHEMA}\n${text}`
  const checked = server.heard<Diagnostics>('textDocument/publishDiagnostics', (params) => params.uri === uri)
  server.tell('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text: lines } })
  const { diagnostics } = await checked
  /** Behind this part of the text. */
  const at = (part: string) => {
    const before = lines.slice(0, lines.indexOf(part) + part.length).split('\n')
    return { textDocument: { uri }, position: { line: before.length - 1, character: before.at(-1)?.length ?? 0 } }
  }
  return { diagnostics, at }
}

async function completions(text: string, behind: string): Promise<{ label: string; documentation: string }[]> {
  const { at } = await open(text)
  const { items } = await server.ask<{ items: { label: string; documentation?: unknown }[] }>(
    'textDocument/completion',
    at(behind),
  )
  return items.map(({ label, documentation }) => ({ label, documentation: JSON.stringify(documentation ?? '') }))
}

test('an editor marks what is wrong, on its line, and nothing in a good file', async () => {
  const good = readFileSync(`${ROOT}catalog/linux/grep.yaml`, 'utf8').replace(/^#.*\n/, '')
  expect((await open(good)).diagnostics).toEqual([])
  const bad = good
    .replace('status: active', 'status: retired')
    .replace('complexity_score: 0.2', 'complexity_score: 1.4')
  const lineOf = (part: string) => bad.slice(0, bad.indexOf(part)).split('\n').length
  const { diagnostics } = await open(bad)
  const lines = diagnostics.map(({ message, range }) => [range.start.line, message])
  expect(lines).toContainEqual([lineOf('status: retired'), expect.stringContaining('"draft"')])
  expect(lines).toContainEqual([lineOf('complexity_score: 1.4'), expect.stringContaining('maximum of 1')])
  const missing = await open('tool_name: x\nversion: "1"\nplatform: linux\ncategory: system\n')
  expect(JSON.stringify(missing.diagnostics)).toContain('description')
})

test('an editor completes the fields of each kind of part, with their descriptions', async () => {
  const top = await completions('tool_name: x\nplat', 'plat')
  expect(top.find(({ label }) => label === 'platform')?.documentation).toContain('Where it runs')
  const pattern = 'tool_name: x\ncapabilities:\n  c:\n    patterns:\n      p:\n        ti'
  expect((await completions(pattern, '        ti')).map(({ label }) => label)).toContain('time_estimate_ms')
  const policy = `${pattern.slice(0, -2)}policy:\n          requ`
  expect((await completions(policy, '          requ')).map(({ label }) => label)).toContain('requires_approval')
})

test('an editor offers the words of the closed list, and examples where any word will do', async () => {
  const words = async (key: string) =>
    (await completions(`tool_name: x\n${key}: `, `${key}: `)).map(({ label }) => label)
  expect(await words('status')).toEqual(
    expect.arrayContaining(['draft', 'testing', 'active', 'deprecated', 'disabled']),
  )
  expect(await words('platform')).toEqual(expect.arrayContaining(['linux', 'kubernetes']))
})

test('an editor explains the field under the pointer', async () => {
  const { at } = await open('tool_name: x\nversion: "1"\nexecution_location: y\n')
  const hover = await server.ask<{ contents: { value: string } } | null>('textDocument/hover', at('execution_lo'))
  expect(hover?.contents.value).toContain('Which service or host runs it.')
})
