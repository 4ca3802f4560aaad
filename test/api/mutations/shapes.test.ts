import { beforeAll, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../../src/definition/json.ts'
import { startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const MAPPING = `# A mapping, as most authors write it
tool_name: mapping
zeta: unknown and first
version: "1.0.0"
status: draft
description: Every field in an order of its own.
capabilities:
  zulu:
    x_before: { b: 1, a: 2 }
    patterns:
      yankee: { x_odd: [3, 1], complexity_score: 0.5, description: Yankee. }
      xray: { description: X-ray. }
      alpha: { description: Alpha. }
    description: Zulu.
  bravo:
    description: Bravo.
category: system
platform: linux
alpha: unknown and last
`

const LIST = `tool:
  zeta: unknown and first
  name: list
  version: "1.0.0"
  status: draft
  description: Every field in an order of its own.
  capabilities:
    - x_before: { b: 1, a: 2 }
      capability_name: zulu
      patterns:
        - { x_odd: [3, 1], complexity_score: 0.5, pattern_name: yankee, description: Yankee. }
        - { pattern_name: xray, description: X-ray. }
        - { pattern_name: alpha, description: Alpha. }
      description: Zulu.
    - capability_name: bravo
      description: Bravo.
  category: system
  platform: linux
  alpha: unknown and last
`

const DRAFT = 'query ($tool: String!) { tool(name: $tool) { version(version: "1.0.0") { definition } } }'

/** The draft's document with its fields in their order. */
async function document(tool: string): Promise<JsonObject> {
  return (await catalog.read(DRAFT, { tool })).tool.version.definition
}

/** A document as text, in which every order shows. */
const inOrder = (value: Json) => JSON.stringify(value, null, 1)

test.each([
  ['a mapping', 'mapping', MAPPING],
  ['a list', 'list', LIST],
])('edits of %s leave everything else as it was written, in its order', async (_, tool, text) => {
  await catalog.done('importTools', { text })
  const at = { tool, version: '1.0.0' }
  const zulu = { ...at, capability: 'zulu' }
  const steps: [string, object, (written: string) => string][] = [
    [
      'updatePattern',
      { ...zulu, pattern: 'yankee', changes: { complexityScore: 0.7 } },
      (written) => written.replace('"complexity_score": 0.5', '"complexity_score": 0.7'),
    ],
    [
      'updateCapability',
      { ...zulu, changes: { description: 'Anew.' } },
      (written) => written.replace('"Zulu."', '"Anew."'),
    ],
    [
      'updatePattern',
      { ...zulu, pattern: 'xray', changes: { name: 'whiskey' } },
      (written) => written.replace('"xray"', '"whiskey"'),
    ],
    [
      'updateCapability',
      { ...at, capability: 'bravo', changes: { name: 'charlie' } },
      (written) => written.replace('"bravo"', '"charlie"'),
    ],
  ]
  for (const [name, input, expected] of steps) {
    const before = inOrder(await document(tool))
    await catalog.done(name, input)
    const after = inOrder(await document(tool))
    expect(after, name).not.toBe(before)
    expect(after, name).toBe(expected(before))
  }
})

test.each([
  ['a mapping', 'mapping-parts', MAPPING.replace('tool_name: mapping', 'tool_name: mapping-parts')],
  ['a list', 'list-parts', LIST.replace('name: list', 'name: list-parts')],
])('parts that come and go leave %s as it was written', async (_, tool, text) => {
  await catalog.done('importTools', { text })
  const before = inOrder(await document(tool))
  const at = { tool, version: '1.0.0' }
  await catalog.done('addCapability', { ...at, capability: { name: 'new', description: 'New.' }, position: 1 })
  await catalog.done('addPattern', { ...at, capability: 'zulu', pattern: { name: 'new' }, position: 1 })
  const shown = await catalog.read(
    'query ($tool: String!) { tool(name: $tool) { version(version: "1.0.0") { capabilities { name patterns { name } } } } }',
    { tool },
  )
  expect(shown.tool.version.capabilities).toEqual([
    { name: 'zulu', patterns: [{ name: 'yankee' }, { name: 'new' }, { name: 'xray' }, { name: 'alpha' }] },
    { name: 'new', patterns: [] },
    { name: 'bravo', patterns: [] },
  ])
  const grown = await document(tool)
  const { capabilities } = (grown.tool ?? grown) as JsonObject
  expect(Array.isArray(capabilities)).toBe(tool === 'list-parts')
  await catalog.done('removePattern', { ...at, capability: 'zulu', pattern: 'new' })
  await catalog.done('removeCapability', { ...at, capability: 'new' })
  expect(inOrder(await document(tool))).toBe(before)
})

test('a publish, a rename and a copy leave the rest of a document as it was written', async () => {
  const text = MAPPING.replace('tool_name: mapping', 'tool_name: untouched')
  await catalog.done('importTools', { text })
  const before = inOrder(await document('untouched'))
  await catalog.done('publishVersion', { tool: 'untouched', version: '1.0.0' })
  expect(inOrder(await document('untouched'))).toBe(before.replace('"status": "draft"', '"status": "active"'))
  await catalog.done('updateTool', { tool: 'untouched', name: 'touched' })
  await catalog.done('updateDraft', { tool: 'touched', copyOf: '1.0.0', version: '2.0.0' })
  const data = await catalog.read('{ tool(name: "touched") { version(version: "2.0.0") { definition } } }')
  const renamed = before.replace('"untouched"', '"touched"').replace('"1.0.0"', '"2.0.0"')
  expect(inOrder(data.tool.version.definition)).toBe(renamed)
})
