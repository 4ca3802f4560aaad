import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/definition/json.ts'
import { definitionJsonSchema } from '../../src/definition/json-schema.ts'
import { parseSource } from '../../src/definition/source.ts'
import { validateText } from '../../src/definition/validate.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'

const accepts = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true }).compile(
  definitionJsonSchema(),
)
const catalog = fileURLToPath(new URL('../../catalog', import.meta.url))

test('every file of the starter catalog passes the published JSON Schema', () => {
  const files = readdirSync(catalog, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))
  expect(files.length).toBeGreaterThanOrEqual(60)
  for (const file of files) {
    const parsed = parseSource(readFileSync(`${catalog}/${file}`, 'utf8'))
    accepts(parsed.ok ? parsed.source.value : null)
    expect(accepts.errors, file).toBeNull()
  }
})

const patterns = (pattern: Json) => aDefinition({ capabilities: { c: { description: 'd', patterns: { p: pattern } } } })

describe('the JSON Schema and the validator agree', () => {
  const { tool_name, version, ...rest } = aDefinition()
  test.each<[string, JsonObject, boolean]>([
    ['a complete definition', aDefinition(), true],
    ['fields of no known name', aDefinition({ owner: { team: 'ops' } }), true],
    ['name instead of tool_name', { name: 'grep', version: '1', ...rest }, true],
    ['the wrapper', { tool: aDefinition() }, true],
    [
      'the list shape',
      aDefinition({ capabilities: [{ capability_name: 'c', patterns: [{ pattern_name: 'p', ...aPattern() }] }] }),
      true,
    ],
    [
      'no capabilities',
      { tool_name: 'grep', version: '1', description: 'd', platform: 'linux', category: 'system' },
      true,
    ],
    ['no version', { tool_name: 'grep', ...rest }, false],
    ['a tool name with a blank', aDefinition({ tool_name: 'a b' }), false],
    ['the version latest', aDefinition({ version: 'latest' }), false],
    ['a version range', aDefinition({ version: '>=1.0' }), false],
    ['an unknown status', aDefinition({ status: 'retired' }), false],
    ['a platform that is a number', aDefinition({ platform: 5 }), false],
    ['a complexity above 1', patterns(aPattern({ complexity_score: 1.4 })), false],
    ['a cost below 0', patterns(aPattern({ policy: { max_cost: -1 } })), false],
    ['an input without a name', patterns(aPattern({ required_inputs: [{ type: 'string' }] })), false],
    ['a pattern that is text', patterns('grep'), false],
    ['a capability with a blank in its name', aDefinition({ capabilities: { 'a b': {} } }), false],
    ['a listed capability without a name', aDefinition({ capabilities: [{ description: 'd' }] }), false],
    ['an estimate that is a list', patterns(aPattern({ cost_estimate: [1] })), false],
  ])('%s', (_name, document, expected) => {
    expect(accepts(document)).toBe(expected)
    expect(validateText(JSON.stringify(document)).document !== undefined).toBe(expected)
  })
})

test('every field has a description for the editor to show', () => {
  const silent: string[] = []
  const visit = (node: Json | undefined, path: string) => {
    if (typeof node !== 'object' || node === null) return
    if ('properties' in node && typeof node.properties === 'object' && node.properties !== null) {
      for (const [name, field] of Object.entries(node.properties as JsonObject)) {
        if (!JSON.stringify(field).includes('"description"') && !JSON.stringify(field).includes('"$ref"'))
          silent.push(`${path}.${name}`)
      }
    }
    for (const [key, child] of Object.entries(node)) visit(child as Json, `${path}.${key}`)
  }
  visit(definitionJsonSchema(), '')
  expect(silent).toEqual([])
})
