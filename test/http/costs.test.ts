import { beforeAll, expect, test } from 'vitest'
import { classifyDifferences } from '../../src/definition/classify.ts'
import { startTestApp } from '../support/app.ts'
import { execute } from '../support/client.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'
import { bearer, createKey } from '../support/keys.ts'
import { seed } from '../support/seed.ts'

let url: string
beforeAll(async () => {
  const app = await startTestApp()
  url = app.url
  await seed(app.config, [aDefinition(), aDefinition({ version: '1.1.0' })])
  const disable =
    'mutation { setVersionStatus(input: { tool: "grep", version: "1.1.0", status: DISABLED }) { __typename } }'
  const answer = await execute(url, disable, {}, bearer(await createKey(app.config, 'editor')))
  expect(answer.data.setVersionStatus.__typename).toBe('SetVersionStatusSuccess')
})

const aliased = (count: number, field: string) =>
  `{ ${Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ')} }`
const diff = 'toolDiff(tool: "grep", from: "1.0.0", to: "1.1.0") { path }'
const validation = 'validateDefinition(text: "tool_name: x") { valid }'

test.each([
  [
    'the documents of all events of many tools',
    '{ tools(first: 77) { nodes { history(first: 1) { nodes { events { before after } } } } } }',
  ],
  [
    'the definitions of all versions of many tools',
    '{ tools(first: 100) { nodes { versions(first: 100) { nodes { definition } } } } }',
  ],
  ['a thousand events of many change sets', '{ changeSets(first: 100) { nodes { events(first: 1000) { kind } } } }'],
  ['many comparisons', aliased(11, diff)],
  ['many checks', aliased(3, validation)],
  ['many exports', aliased(11, 'exportTools(first: 100) { text }')],
])('%s cost too much', async (_, query) => {
  const { errors, status } = await execute(url, query)
  expect({ status, code: errors?.[0]?.extensions?.code }).toEqual({ status: 400, code: 'COST_LIMIT' })
})

test.each([
  ['the history with its documents', '{ changeSets { nodes { revision actor events { kind before after } } } }'],
  [
    'all of a page of tools',
    '{ tools(first: 100) { nodes { name latest { version capabilities { name patterns { name scope timeEstimateMs } } } } } }',
  ],
  ['a comparison', `{ ${diff} }`],
  ['two checks', aliased(2, validation)],
  ['a page of definitions', '{ exportTools(first: 100) { text } }'],
])('%s may be asked', async (_, query) => {
  expect((await execute(url, query)).errors).toBeUndefined()
})

test('a tool shown as of a version has the stage of that version, not what its definition once said', async () => {
  const { data } = await execute(url, '{ tool(name: "grep", version: "1.1.0") { status version { status } } }')
  expect(data.tool).toEqual({ status: 'DISABLED', version: { status: 'DISABLED' } })
})

test('comparing definitions of thousands of parts takes a moment, not seconds', () => {
  const withParts = (prefix: string) =>
    aDefinition({
      capabilities: {
        c: { patterns: Object.fromEntries(Array.from({ length: 4_000 }, (_, i) => [`${prefix}${i}`, aPattern({})])) },
      },
    })
  const [before, after] = [withParts('a'), withParts('b')]
  const started = performance.now()
  expect(classifyDifferences(before, after)).toHaveLength(8_000)
  // Quadratic it took 5 s here; it takes 0.1 s.
  expect(performance.now() - started).toBeLessThan(1_500)
})
