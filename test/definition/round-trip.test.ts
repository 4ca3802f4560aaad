import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digest } from '../../src/definition/canonical.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { serialise, serialiseStream, splitStream } from '../../src/definition/serialise.ts'
import { parseSource } from '../../src/definition/source.ts'
import { validateText } from '../../src/definition/validate.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'
import { jsonValues, keys, texts } from './json-values.ts'

const extras = fc.dictionary(
  keys.map((key) => `x${key}`),
  jsonValues,
  { maxKeys: 4, noNullPrototype: true },
)
/** Valid definitions with awkward fields of their own at every level, and awkward text where text is free. */
const definitions = fc.tuple(extras, extras, extras, texts, jsonValues).map(
  ([top, capability, pattern, text, value]): JsonObject => ({
    ...top,
    ...aDefinition({
      description: `A tool.${text}`,
      capabilities: {
        c: {
          ...capability,
          patterns: { p: aPattern({ ...pattern, typical_use_cases: [text], example_request: value }), '2': {} },
        },
      },
      metadata: { tags: ['1.0', 'no'], notes: text, created: '2025-10-03' },
    }),
  }),
)

describe.each(['yaml', 'json'] as const)('a definition written as %s', (format) => {
  test('is read back as the same document: values, order of keys and digest', () => {
    fc.assert(
      fc.property(definitions, (document) => {
        const again = validateText(serialise(document, format)).document
        expect(again).toEqual(document)
        expect(JSON.stringify(again)).toBe(JSON.stringify(document))
        expect(again && digest(again)).toBe(digest(document))
      }),
      { numRuns: 300 },
    )
  })

  test('keeps any value at all, key by key', () => {
    fc.assert(
      fc.property(jsonValues, keys, (value, key) => {
        const parsed = parseSource(serialise({ [key]: value }, format))
        expect(parsed.ok ? JSON.stringify(parsed.source.value) : parsed.problem).toBe(JSON.stringify({ [key]: value }))
      }),
      { numRuns: 1000 },
    )
  })

  test('many of them in one stream, with comments between, come apart exactly, each with its first line', () => {
    const comment =
      format === 'json'
        ? fc.constant('')
        : fc.constantFrom('', '# yaml-language-server: $schema=x\n', '\n# a\n\n  # b\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(comment, definitions), { minLength: 1, maxLength: 4 }), (documents) => {
        const stream = documents.map(([header, document]) => header + serialiseStream(document, format)).join('')
        const parts = splitStream(stream)
        expect(parts.map(({ text }) => validateText(text).document)).toEqual(documents.map(([, document]) => document))
        const lines = stream.split('\n')
        for (const { text, firstLine } of parts)
          expect(
            lines
              .slice(firstLine - 1)
              .join('\n')
              .startsWith(text),
          ).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})

test('a definition survives going from YAML to JSON and back', () => {
  fc.assert(
    fc.property(definitions, (document) => {
      const json = validateText(serialise(document, 'yaml')).document
      const back = json && validateText(serialise(json, 'json')).document
      expect(back && serialise(back, 'yaml')).toBe(serialise(document, 'yaml'))
    }),
    { numRuns: 100 },
  )
})
