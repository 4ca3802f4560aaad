import { afterEach, describe, expect, test } from 'vitest'
import type { Problem } from '../../src/definition/problem.ts'
import { decodeSource, SOURCE_LIMITS } from '../../src/definition/source.ts'
import { validateText } from '../../src/definition/validate.ts'

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n')

/** Each letter is ten of the one before: ten levels are 10^10 values. */
const aliasBomb = [
  'a: &a [1,1,1,1,1,1,1,1,1,1]',
  ...'bcdefghij'.split('').map((letter, i) => {
    const before = 'abcdefghi'.charAt(i)
    return `${letter}: &${letter} [${Array(10).fill(`*${before}`).join(',')}]`
  }),
].join('\n')
/** Each mapping takes in all of the one before and adds a key: quadratic work. */
const mergeBomb = `a0: &a0 { k: 1 }\n${lines(500, (i) => `a${i + 1}: &a${i + 1} { <<: *a${i}, k${i}: 1 }`)}`
const wideMerge = `a: &a { k: 1 }\nb: { <<: [${Array(200).fill('*a').join(', ')}] }`

/** name, text, code, `line:column` (1-based). */
const HOSTILE: readonly (readonly [string, string, string, string])[] = [
  ['100,000 open brackets', '['.repeat(100_000), 'yaml.depth', '1:50'],
  ['100,000 open braces', '{'.repeat(100_000), 'yaml.depth', '1:50'],
  ['100,000 nested flow mappings', '{a: '.repeat(100_000), 'yaml.depth', '1:194'],
  ['100,000 nested list dashes', '- '.repeat(100_000), 'yaml.depth', '1:101'],
  ['100,000 explicit keys', '? '.repeat(100_000), 'yaml.depth', '1:100'],
  ['balanced deep nesting', '['.repeat(10_000) + ']'.repeat(10_000), 'yaml.depth', '1:50'],
  ['deep JSON', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'yaml.depth', '1:242'],
  ['block mappings nested 700 deep', lines(700, (i) => `${' '.repeat(i)}a:`), 'yaml.depth', '50:50'],
  ['an alias bomb', aliasBomb, 'yaml.expansion', '5:17'],
  ['a merge bomb', mergeBomb, 'yaml.expansion', '141:24'],
  ['a merge of 200 mappings', wideMerge, 'yaml.expansion', '2:810'],
  ['an alias to what holds it', 'a: &a\n  b: *a\n', 'yaml.depth', '2:6'],
  ['a duplicate key', 'tool_name: a\nversion: "1"\ntool_name: b\n', 'yaml.duplicate_key', '3:1'],
  ['a duplicate key in JSON', '{"tool_name": "a",\n "tool_name": "b"}', 'yaml.duplicate_key', '2:2'],
  ['a duplicate nested key', 'capabilities:\n  x:\n    a: 1\n  x:\n    b: 2\n', 'yaml.duplicate_key', '4:3'],
  ['100,000 keys in 1 MiB', lines(100_000, (i) => `${i}: 1`), 'yaml.too_many_nodes', '10000:7'],
  ['200,000 keys', lines(200_000, (i) => `k${i}: ${i}`), 'file.too_large', '1:1'],
  ['50,000 keys in JSON', `{${lines(50_000, (i) => `"${i}":1,`)}"k":1}`, 'yaml.too_many_nodes', '10000:1'],
  ['300,000 list items', `[\n${'1,'.repeat(300_000)}1]`, 'yaml.too_many_nodes', '2:39997'],
  ['more than 1 MiB', `a: "${'x'.repeat(SOURCE_LIMITS.bytes)}"`, 'file.too_large', '1:1'],
  ['more than 1 MiB only when counted in bytes', `a: "${'é'.repeat(600_000)}"`, 'file.too_large', '1:1'],
  ['a __proto__ key', 'tool_name: a\n__proto__: { polluted: true }\n', 'yaml.key', '2:1'],
  ['a __proto__ key in JSON', '{"tool_name": "a", "__proto__": {"polluted": true}}', 'yaml.key', '1:20'],
  ['an escaped __proto__ key', '{"tool_name": "a",\n "\\u005f_proto__": {"polluted": true}}', 'yaml.key', '2:2'],
  ['a merged __proto__ key', 'a: &a { "__proto__": { polluted: true } }\nb: { <<: *a }\n', 'yaml.key', '1:9'],
  [
    'a constructor key',
    'tool_name: a\ndefaults:\n  constructor: { prototype: { polluted: true } }\n',
    'yaml.key',
    '3:3',
  ],
  ['a prototype key in a flow mapping', 'tool_name: a\nmetadata: { tags: [], prototype: 1 }\n', 'yaml.key', '2:23'],
  ['a raw NUL', 'tool_name: a\ndescription: a\0b\n', 'yaml.character', '2:15'],
  ['an escaped NUL', 'tool_name: a\ndescription: "a\\0b"\n', 'yaml.character', '2:14'],
  ['an escaped NUL in JSON', '{"tool_name": "a\\u0000b"}', 'yaml.character', '1:15'],
  ['an escaped NUL in a key', '{"tool_name": "a", "k\\u0000": 1}', 'yaml.character', '1:20'],
  ['a terminal escape in a comment', 'tool_name: a\n# \u001b[2J\n', 'yaml.character', '2:3'],
  ['an escaped C1 control character', 'tool_name: a\ndescription: "\\x9b"\n', 'yaml.character', '2:14'],
  ['a bidirectional override', 'tool_name: a\ndescription: a\u202eb\n', 'yaml.character', '2:15'],
  ['an escaped bidirectional override', 'tool_name: a\ndescription: "a\\u202Eb"\n', 'yaml.character', '2:14'],
  ['a bidirectional isolate', 'tool_name: a\ndescription: x\u2066\n', 'yaml.character', '2:15'],
  ['a lone surrogate', 'tool_name: a\ndescription: "\ud800"\n', 'yaml.character', '2:15'],
  ['an escaped lone surrogate', '{"tool_name": "a", "description": "\\udc00"}', 'yaml.character', '1:35'],
  ['a second document', 'tool_name: a\n---\ntool_name: b\n', 'yaml.multiple_documents', '3:1'],
  [
    'a second document after comments',
    'tool_name: a\n...\n---\n\n# c\ntool_name: b\n',
    'yaml.multiple_documents',
    '6:1',
  ],
  ['a JavaScript function', 'tool_name: a\nx: !!js/function >\n  () => 1\n', 'yaml.tag', '2:4'],
  ['a Python object', 'tool_name: a\nx:\n  - !!python/object/apply:os.system ["id"]\n', 'yaml.tag', '3:5'],
  ['a tag of its own', 'tool_name: a\nx: !foo { a: 1 }\n', 'yaml.tag', '2:4'],
  ['not a number', 'tool_name: a\nx: .nan\n', 'yaml.number', '2:4'],
  ['infinity', 'tool_name: a\nx: [1, .inf]\n', 'yaml.number', '2:8'],
  ['minus infinity', 'tool_name: a\nx: -.INF\n', 'yaml.number', '2:4'],
  ['a huge integer', 'tool_name: a\nx: 12345678901234567890\n', 'yaml.number', '2:4'],
  ['a huge hexadecimal integer', 'tool_name: a\nx: 0xFFFFFFFFFFFFFFFFFF\n', 'yaml.number', '2:4'],
  ['2^53 + 1 in JSON', '{"tool_name": "a", "x": 9007199254740993}', 'yaml.number', '1:25'],
  ['an unknown alias', 'tool_name: *nope\n', 'yaml.syntax', '1:17'],
  ['a tab for indentation', 'tool_name: a\ndefaults:\n\ta: 1\n', 'yaml.syntax', '3:1'],
  ['a quotation that never ends', `a: "${'\n'.repeat(500_000)}`, 'yaml.syntax', '500001:1'],
  ['a million blank lines', '\n'.repeat(1_000_000), 'file.empty', '1:1'],
]

const summary = ({ code, line, column, severity }: Problem) => `${severity} ${code} ${line}:${column}`

describe('hostile text is refused within a second of processor time, with one problem at its place', () => {
  afterEach(() => {
    expect(Object.keys(Object.prototype)).toEqual([])
    expect('polluted' in {}).toBe(false)
  })

  test.each(HOSTILE)('%s', (_name, text, code, place) => {
    // Processor time, because other test files run beside this one.
    const before = process.cpuUsage()
    const { problems, document } = validateText(text)
    const { user, system } = process.cpuUsage(before)
    expect(problems.map(summary)).toEqual([`error ${code} ${place}`])
    expect(document).toBeUndefined()
    expect((user + system) / 1_000_000).toBeLessThan(1)
  })
})

describe('bytes that are not UTF-8 text are refused, not guessed', () => {
  test.each([
    ['a byte that starts nothing', [0x61, 0x3a, 0x20, 0xff]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['UTF-16', [0xff, 0xfe, 0x61, 0x00]],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80]],
    ['a character cut off', [0x61, 0xe2, 0x82]],
  ])('%s', (_name, bytes) => {
    const decoded = decodeSource(new Uint8Array(bytes))
    expect('problem' in decoded && summary(decoded.problem)).toBe('error file.encoding 1:1')
  })

  test('more than 1 MiB is refused before it is decoded', () => {
    const decoded = decodeSource(new Uint8Array(SOURCE_LIMITS.bytes + 1).fill(0xff))
    expect('problem' in decoded && summary(decoded.problem)).toBe('error file.too_large 1:1')
  })

  test('a byte order mark is dropped, and other text comes through as it is', () => {
    expect(decodeSource(Buffer.from('\ufeffname: grüße 🚀\r\n'))).toEqual({ text: 'name: grüße 🚀\r\n' })
  })
})

describe('what is large within the limits is checked within a second', () => {
  const head = 'tool_name: x\nversion: "1"\ndescription: X.\ncategory: system\n'
  test.each([
    ['one key of 900 KB', `${head}platform: linux\n${'k'.repeat(900_000)}: 1\n`],
    [
      '1,000 unknown keys of 900 characters',
      `${head}platform: linux\n${Array.from({ length: 1000 }, (_, i) => `${'k'.repeat(900)}${i}: 1`).join('\n')}\n`,
    ],
    [
      '9,000 short unknown keys',
      `${head}platform: linux\n${Array.from({ length: 9000 }, (_, i) => `platfrom${i}: 1`).join('\n')}\n`,
    ],
    ['a platform of 900 KB', `${head}platform: ${'p'.repeat(900_000)}\n`],
  ])('%s', (_name, text) => {
    const started = process.cpuUsage()
    expect(validateText(text).problems.length).toBeGreaterThan(0)
    const { user, system } = process.cpuUsage(started)
    expect((user + system) / 1e6).toBeLessThan(1)
  })
})

test('any number of warnings hides no error', () => {
  const unknown = Array.from({ length: 210 }, (_, i) => `odd${i}: 1`).join('\n')
  const text = `tool_name: x\nversion: "1"\ndescription: X.\nplatform: linux\ncategory: system\n${unknown}\nstatus: no-such\n`
  const { problems, document } = validateText(text)
  expect(document).toBeUndefined()
  expect(problems.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual(['definition.status'])
  expect(problems.find(({ code }) => code === 'file.too_many_problems')?.message).toBe(
    'more than 200 warnings; the rest is not listed',
  )
})
