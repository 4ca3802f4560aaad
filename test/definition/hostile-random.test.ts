import fc from 'fast-check'
import { expect, test } from 'vitest'
import { validateText } from '../../src/definition/validate.ts'
import { aDefinition } from '../support/fixtures.ts'

const PIECES = [
  'tool_name',
  'version',
  'capabilities',
  'patterns',
  'a',
  '"1.0"',
  ': ',
  ':',
  '- ',
  '? ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '&a ',
  '*a',
  '<<: ',
  '!!str ',
  '!x ',
  '|',
  '>-',
  "'",
  '"',
  '\\',
  '\n',
  '\n  ',
  '\n    ',
  '\t',
  '\r\n',
  '#',
  ' ',
  '---\n',
  '...\n',
  '%YAML 1.2\n',
  '0',
  '1e9',
  '.inf',
  '~',
  'null',
  '\ufeff',
  '😀',
  '\u0000',
]

test('text made of random pieces of YAML never throws, and every problem stands inside the text', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }), (pieces) => {
      const text = pieces.join('')
      const lines = text.split('\n')
      const { problems, document } = validateText(text)
      expect(problems.length > 0 || document !== undefined).toBe(true)
      for (const { line, column } of problems) {
        expect(line).toBeGreaterThanOrEqual(1)
        expect(line).toBeLessThanOrEqual(lines.length)
        expect(column).toBeGreaterThanOrEqual(1)
        // Right behind the last character is where an end that comes too early stands.
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1)
      }
    }),
    { numRuns: 2000 },
  )
})

test('a valid definition with one character replaced never throws', () => {
  const text = JSON.stringify(aDefinition(), null, 2)
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...PIECES), (at, piece) => {
      const { problems, document } = validateText(text.slice(0, at) + piece + text.slice(at + 1))
      expect(document === undefined).toBe(problems.some(({ severity }) => severity === 'error'))
    }),
    { numRuns: 500 },
  )
})
