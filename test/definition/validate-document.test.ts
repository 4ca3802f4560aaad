import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/definition/json.ts'
import { prettyJson } from '../../src/definition/pretty-json.ts'
import { formatProblem } from '../../src/definition/problem.ts'
import { SOURCE_LIMITS } from '../../src/definition/source.ts'
import { validateDocument, validateText } from '../../src/definition/validate.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'
import { jsonValues, keys } from './json-values.ts'

const deep = (depth: number): JsonObject => {
  let value: JsonObject = {}
  for (let i = 0; i < depth; i++) value = { a: value }
  return value
}
const summary = (document: JsonObject) =>
  validateDocument(document).problems.map(({ severity, code, path }) => `${severity} ${code} at "${path}"`)

test('a valid document comes back as it was, without a problem', () => {
  const { problems, document } = validateDocument(aDefinition({ defaults: { a: null, b: 1.5, c: [] } }))
  expect(problems).toEqual([])
  expect(JSON.stringify(document)).toBe(JSON.stringify(aDefinition({ defaults: { a: null, b: 1.5, c: [] } })))
})

test('problems stand where they are in the pretty-printed JSON', () => {
  const document = aDefinition({
    capabilities: { c: { description: 'C.', patterns: { p: aPattern({ complexity_score: 1.4 }) } } },
    status: 'nope',
  })
  const text = JSON.stringify(document, null, 2)
  const { problems } = validateDocument(document)
  expect(problems).toEqual(validateText(text).problems)
  const lines = text.split('\n')
  expect(problems.map(({ line, column }) => lines[line - 1]?.slice(column - 1))).toEqual(['1.4,', '"nope"'])
  expect(problems.map((problem) => formatProblem('f', problem))).toEqual([
    'f:18:31 error pattern.complexity_score: 1.4 is above 1',
    expect.stringContaining('error definition.status: must be one of'),
  ])
})

describe('what no text may hold is refused, at its path', () => {
  test.each<[string, JsonObject, string]>([
    ['a number without end', { x: [Number.POSITIVE_INFINITY] }, 'error yaml.number at "x[0]"'],
    ['a number without beginning', { x: { y: Number.NEGATIVE_INFINITY } }, 'error yaml.number at "x.y"'],
    ['not a number', { x: Number.NaN }, 'error yaml.number at "x"'],
    ['a number that cannot be exact', { x: 1e21 }, 'error yaml.number at "x"'],
    ['a control character', { x: { y: 'a\u0000' } }, 'error yaml.character at "x.y"'],
    ['a delete character', { x: { y: 'a\u007f' } }, 'error yaml.character at "x.y"'],
    ['a bidirectional override', { x: ['a', '\u202e'] }, 'error yaml.character at "x[1]"'],
    ['a bidirectional isolate', { x: { y: '\u2066' } }, 'error yaml.character at "x.y"'],
    ['no character at all', { x: { y: '\ufffe' } }, 'error yaml.character at "x.y"'],
    ['half a character', { x: '\ud800' }, 'error yaml.character at "x"'],
    ['a key that reaches a prototype', JSON.parse('{"x":{"__proto__":1}}'), 'error yaml.key at "x.__proto__"'],
    ['too many levels', { x: deep(60) }, 'error yaml.depth at ""'],
    ['too many values', { x: Array(SOURCE_LIMITS.nodes).fill(1) }, 'error yaml.too_many_nodes at ""'],
    ['too much text', { x: 'x'.repeat(SOURCE_LIMITS.bytes) }, 'error file.too_large at ""'],
  ])('%s', (_name, fields, problem) => {
    expect(summary(aDefinition(fields))).toEqual([problem])
  })

  test('100,000 levels, without a stack overflow and within a second', () => {
    const started = process.cpuUsage()
    expect(summary(deep(100_000))).toEqual(['error yaml.depth at ""'])
    const { user, system } = process.cpuUsage(started)
    expect((user + system) / 1e6).toBeLessThan(1)
  })

  test('as many levels as a text may have are read', () => {
    const levels = Array.from({ length: 60 }, (_, i) => i + 1)
    const isRefused = (depth: number) => summary(aDefinition({ x: deep(depth) })).some((line) => line.includes('depth'))
    const isRefusedAsText = (depth: number) =>
      validateText(JSON.stringify(aDefinition({ x: deep(depth) }))).problems.some(({ code }) => code === 'yaml.depth')
    expect(levels.map(isRefused)).toEqual(levels.map(isRefusedAsText))
    expect(isRefused(45)).toBe(false)
  })
})

test('a document that is no tool definition is one problem', () => {
  expect(summary({ services: {} })).toEqual(['error file.not_a_tool at ""'])
  expect(summary({})).toEqual(['error file.not_a_tool at ""'])
})

test('any document is read back as its pretty-printed JSON says', () => {
  fc.assert(
    fc.property(fc.dictionary(keys, jsonValues, { noNullPrototype: true, maxKeys: 5 }), (extra) => {
      const document = aDefinition({ ...extra, ...aDefinition() })
      expect(JSON.parse(prettyJson(document))).toEqual(document)
      expect(prettyJson(document)).toBe(JSON.stringify(document, null, 2))
      const checked = validateDocument(document)
      expect(checked).toEqual(validateText(JSON.stringify(document, null, 2)))
      expect(JSON.stringify(checked.document)).toBe(JSON.stringify(document))
    }),
    { numRuns: 300 },
  )
})
