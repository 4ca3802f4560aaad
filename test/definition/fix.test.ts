import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../src/definition/canonical.ts'
import { fixText } from '../../src/definition/fix.ts'
import type { Json } from '../../src/definition/json.ts'
import { parseSource } from '../../src/definition/source.ts'
import { validateText } from '../../src/definition/validate.ts'

const HEAD = 'tool_name: a\nversion: "1"\ndescription: A.\nplatform: linux\ncategory: system\n'

describe('values with one right answer', () => {
  test.each([
    ['version: 1.10 # not 1.1', 'version: "1.10" # not 1.1'],
    ['platform:   Linux  ', 'platform:   linux  '],
    ["category: 'Service Management'", "category: 'service-management'"],
    ['status: Active', 'status: active'],
    [
      'metadata: {created: 2026-03-04 , tags: [ 404,on , web]}',
      'metadata: {created: "2026-03-04" , tags: [ "404","on" , web]}',
    ],
    ['enabled: "true"', 'enabled: true'],
    [
      'dependencies:\n  - name: x\n    version: 3.0\n    required: "false"',
      'dependencies:\n  - name: x\n    version: "3.0"\n    required: false',
    ],
    [
      "capabilities:\n  c:\n    description: C.\n    patterns:\n      p: { complexity_score: '0.5', scope: Single-Item, completeness: FULL }",
      'capabilities:\n  c:\n    description: C.\n    patterns:\n      p: { complexity_score: 0.5, scope: single_item, completeness: FULL }',
    ],
    [
      'capabilities:\n  c:\n    patterns:\n      p: { required_inputs: [{ name: count, type: Integer, required: "true", default: "1" }] }',
      'capabilities:\n  c:\n    patterns:\n      p: { required_inputs: [{ name: count, type: integer, required: true, default: "1" }] }',
    ],
  ])('%s', (before, after) => {
    const key = before.split(':')[0] ?? ''
    const head = HEAD.split('\n')
      .filter((line) => !line.startsWith(`${key}:`))
      .join('\n')
    const fixed = fixText(`${head}${before}\n`)
    expect(fixOf(fixed.text, key)).toBe(`${after}\n`)
    expect(fixed.changes.length).toBeGreaterThan(0)
  })

  /** The text from that key on, wherever it was moved to. */
  function fixOf(text: string, key: string): string {
    const blocks = text.split(/^(?=[a-z_]+:)/m)
    return blocks.find((block) => block.startsWith(`${key}:`)) ?? ''
  }

  test.each([
    ['an alias', 'defaults: { x: &d Linux }\nowner: *d\n'],
    ['a text over several lines', 'owner: |\n  2026-03-04\n'],
    [
      'a time estimate that is a number',
      'capabilities:\n  c:\n    patterns:\n      p: { time_estimate_ms: 500, cost_estimate: "1" }\n',
    ],
    ['a word that no list has', 'capabilities:\n  c:\n    patterns:\n      p: { scope: Everything }\n'],
    ['a default of any type', 'defaults: { level: 5, on: true }\n'],
    ['null', 'execution_location: null\n'],
  ])('%s stays as it is', (_, text) => {
    expect(fixText(HEAD + text)).toEqual({ text: HEAD + text, changes: [] })
  })
})

test('what has an anchor, or goes over lines, stays as it is while the rest is put right', () => {
  const text = HEAD.replace('"1"', '1.10').replace('platform: linux', 'platform: &p Linux')
  const more = 'x_owner: *p\nmetadata:\n  author:\n    true\n  tags:\n    - 5\n  created: "a\n    b"\n'
  expect(fixText(text + more).text).toBe(
    `${text.replace('1.10', '"1.10"')}${more.replace('- 5', '- "5"').replace('true', '"true"')}`,
  )
})

describe('the order', () => {
  test('lines are moved with the comments above them, and every line stays byte for byte', () => {
    const before = `# About the file.

# The first one.
description: A. # behind
metadata: { tags: [a] }
# Before the name.
tool_name: a

# After a blank line.
version: "1"
x_owner: ops # follows the version
capabilities:
    c:
        patterns:
            p:
                # What for.
                scope: batch
                description: |
                  # no comment
                  text

                # not the last
                time_estimate_ms: 5
        # About c.
        description: C.
category: system
platform: linux
# The end.
`
    const { text, changes } = fixText(before)
    expect(text).toBe(`# About the file.

# Before the name.
tool_name: a

# After a blank line.
version: "1"
x_owner: ops # follows the version
# The first one.
description: A. # behind
platform: linux
category: system
capabilities:
    c:
        # About c.
        description: C.
        patterns:
            p:
                description: |
                  # no comment
                  text

                # not the last
                time_estimate_ms: 5
                # What for.
                scope: batch
metadata: { tags: [a] }
# The end.
`)
    expect(changes).toEqual([
      'capabilities.c.patterns.p: its fields are in the usual order now',
      'capabilities.c: its fields are in the usual order now',
      'the definition: its fields are in the usual order now',
    ])
  })

  test('line ends, a byte order mark and a last line without an end stay', () => {
    const text = '\ufeffversion: "1"\r\ntool_name: a\r\ncategory: x\r\nplatform: linux\r\ndescription: A.'
    expect(fixText(text).text).toBe(
      '\ufefftool_name: a\r\nversion: "1"\r\ndescription: A.\r\nplatform: linux\r\ncategory: x',
    )
  })

  test.each([
    ['an alias that would come before its anchor', 'metadata: { tags: &t [a] }\ntags: *t\n'],
    [
      'a text whose last blank lines count',
      'version: "1"\ndescription: |+\n  text\n\ntool_name: a\nplatform: x\ncategory: system\n',
    ],
    ['JSON', '{"version": "1", "tool_name": "a"}'],
    ['a list of capabilities', `${HEAD}capabilities:\n  - patterns: {}\n    description: C.\n    capability_name: c\n`],
    ['a flow mapping over lines', `${HEAD}capabilities: {\n  c: {\n    patterns: {},\n    description: C.\n  }\n}\n`],
    ['what is no definition', 'services:\n  version: 1.10\n'],
    ['what does not parse', 'tool_name: [\n'],
  ])('%s stays as it is', (_, text) => {
    const whole = text.startsWith('metadata') ? HEAD.replace('category', `${text}category`) : text
    expect(fixText(whole)).toEqual({ text: whole, changes: [] })
  })
})

const CATALOG = fileURLToPath(new URL('../../catalog', import.meta.url))
const files = readdirSync(CATALOG, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))

test('there is nothing to put right in the starter catalog', () => {
  for (const file of files) {
    const text = readFileSync(`${CATALOG}/${file}`, 'utf8')
    expect({ file, ...fixText(text) }).toEqual({ file, text, changes: [] })
  }
})

test('whatever the order of the lines was, fixing loses none of them, says the same, and is done after once', () => {
  const blocks = (file: string) => readFileSync(`${CATALOG}/${file}`, 'utf8').split(/^(?=[a-z_]+:)/m)
  const shuffled = fc.constantFrom(...files).chain((file) => {
    const [head = '', ...rest] = blocks(file)
    return fc.shuffledSubarray(rest, { minLength: rest.length }).map((order) => [`${head}\n`, ...order].join(''))
  })
  fc.assert(
    fc.property(shuffled, (text) => {
      const once = fixText(text)
      expect(once.text.split('\n').sort()).toEqual(text.split('\n').sort())
      expect(meaningOf(once.text)).toBe(meaningOf(text))
      expect(fixText(once.text)).toEqual({ text: once.text, changes: [] })
      expect(validateText(once.text).problems).toEqual([])
    }),
    { numRuns: 60 },
  )
})

function meaningOf(text: string): string {
  const parsed = parseSource(text)
  return canonicalJson(parsed.ok ? (parsed.source.value as Json) : null)
}
