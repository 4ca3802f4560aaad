import yaml from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { digest } from '../../src/definition/canonical.ts'
import { readDefinition } from '../../src/definition/definition.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { formatProblem } from '../../src/definition/problem.ts'
import { validateText } from '../../src/definition/validate.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'

function valid(text: string): JsonObject {
  const { document, problems } = validateText(text)
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  if (!document) throw new Error('no document')
  return document
}
const asYaml = (document: JsonObject) => valid(yaml.dump(document))

describe('every accepted way of writing a definition reads the same', () => {
  const { tool_name, ...rest } = aDefinition()
  const expected = readDefinition(aDefinition())
  const listShape = {
    ...aDefinition(),
    capabilities: [
      {
        capability_name: 'text_search',
        description: 'Find text.',
        patterns: [{ pattern_name: 'search_files', ...aPattern() }],
      },
    ],
  }

  test.each<[string, JsonObject]>([
    ['mappings by name', aDefinition()],
    ['lists with names', listShape],
    ['name instead of tool_name', { name: tool_name ?? null, ...rest }],
    ['under a key tool', { tool: aDefinition() }],
    ['name under a key tool', { tool: { name: tool_name ?? null, ...rest } }],
  ])('%s', (_name, document) => {
    expect(readDefinition(asYaml(document))).toEqual(expected)
    expect(readDefinition(valid(JSON.stringify(document)))).toEqual(expected)
  })

  test('the wrapper is a warning, and the only one', () => {
    const { problems } = validateText(yaml.dump({ tool: aDefinition() }))
    expect(problems.map((problem) => formatProblem('f', problem))).toEqual([
      'f:1:1 warning definition.tool: the wrapper "tool:" is read, but not needed',
    ])
  })

  test('a complete definition has no problem at all', () => {
    expect(validateText(yaml.dump(aDefinition())).problems).toEqual([])
    expect(validateText(yaml.dump(listShape)).problems).toEqual([])
  })
})

test('a definition may have no capabilities, and then still has a name, words and tags', () => {
  const document = valid(
    'name: Set-Content\nversion: 1.10\ndescription: |\n  Write a file.\nplatform: Windows\ncategory: Text_Processing\ntags: [file, write, file]\n',
  )
  expect(readDefinition(document)).toMatchObject({
    name: 'Set-Content',
    version: '1.10',
    description: 'Write a file.',
    platform: 'windows',
    category: 'text-processing',
    tags: ['file', 'write'],
    status: 'active',
    enabled: true,
    capabilities: [],
  })
})

test('a version without quotes is taken as it is written, in YAML and in JSON, with or without the wrapper', () => {
  const head = '"tool_name": "a", "description": "d", "platform": "linux", "category": "system"'
  for (const text of [
    `{${head}, "version": 1.10}`,
    `{"tool": {${head}, "version": 1.10 }}`,
    `tool: {${head}, version: 1.10 } # c`,
  ]) {
    expect(readDefinition(valid(text)).version).toBe('1.10')
  }
})

test('the same document written as YAML and as JSON has the same digest', () => {
  const document = aDefinition({ extra: { n: 1.5, s: '1.5', list: [null, true, 'yes'], text: 'two\nlines\n' } })
  expect(digest(asYaml(document))).toBe(digest(valid(JSON.stringify(document))))
  expect(digest(asYaml(document))).toBe(digest(document))
})

test('fields of no known name are kept apart as extensions, at every level', () => {
  const document = asYaml(
    aDefinition({
      owner: { team: 'ops' },
      capabilities: { c: { description: 'd', icon: '🔍', patterns: { p: { ...aPattern(), weight: 3 } } } },
    }),
  )
  const definition = readDefinition(document)
  expect(definition.extensions).toEqual({ owner: { team: 'ops' } })
  expect(definition.capabilities[0]?.extensions).toEqual({ icon: '🔍' })
  expect(definition.capabilities[0]?.patterns[0]?.extensions).toEqual({ weight: 3 })
})

test('what stands beside the wrapper is an extension too', () => {
  expect(readDefinition(asYaml({ schema: 2, tool: aDefinition() })).extensions).toEqual({ schema: 2 })
})

describe('a file of something else is rejected with exactly one clear line', () => {
  test.each([
    [
      'docker-compose',
      'services:\n  web:\n    image: nginx\nvolumes: {}\n',
      'f:1:1 error file.not_a_tool: not a tool definition: it has services, volumes, but no tool_name',
    ],
    [
      'a Kubernetes manifest',
      '# k8s\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec: {}\n',
      'f:2:1 error file.not_a_tool: not a tool definition: it has apiVersion, kind, metadata, spec, but no tool_name',
    ],
    [
      'package.json',
      '{\n  "name": "x", "version": "1.0.0", "description": "d", "scripts": {}, "type": "module", "main": "a" }',
      'f:1:1 error file.not_a_tool: not a tool definition: it has name, version, description, scripts, type, but no tool_name',
    ],
    [
      'a list',
      '# tools\n- grep\n- sed\n',
      'f:2:1 error file.not_a_tool: not a tool definition: a list instead of a mapping',
    ],
    ['a string', 'hello', 'f:1:1 error file.not_a_tool: not a tool definition: a string instead of a mapping'],
    ['null', '~', 'f:1:1 error file.not_a_tool: not a tool definition: null instead of a mapping'],
    [
      'an empty mapping',
      '{}',
      'f:1:1 error file.not_a_tool: not a tool definition: it has no fields, but no tool_name',
    ],
    ['an empty file', '', 'f:1:1 error file.empty: is empty'],
    ['white space', ' \n\n\t\n', 'f:1:1 error file.empty: is empty'],
    ['only comments', '# nothing here\n  # yet\n', 'f:1:1 error file.empty: is empty'],
  ])('%s', (_name, text, line) => {
    expect(validateText(text).problems.map((problem) => formatProblem('f', problem))).toEqual([line])
  })
})

test('a tag is a word or a few, because it is looked up by an index', () => {
  const tagged = (length: number) => validateText(yaml.dump(aDefinition({ metadata: { tags: ['t'.repeat(length)] } })))
  expect(tagged(200).document).toBeDefined()
  expect(tagged(201).problems).toMatchObject([{ severity: 'error', message: 'is longer than 200' }])
})
