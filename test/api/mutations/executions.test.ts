import { beforeAll, expect, test } from 'vitest'
import { aDefinition, aPattern } from '../../support/fixtures.ts'
import {
  asText,
  besideApp,
  contents,
  revisionOf,
  startTestCatalog,
  type TestCatalog,
} from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const RECORDED = '... on RecordExecutionsSuccess { recorded }'
const STATISTICS = `query ($tool: String!, $version: String, $since: DateTime) {
  executionStatistics(tool: $tool, capability: "Text_Search", pattern: "Search_Files", version: $version, since: $since) {
    count successRate p50Ms p95Ms timeRatio costRatio } }`

const run = (tool: string, fields: object = {}) => ({
  tool,
  capability: 'text_search',
  pattern: 'search_files',
  actualMs: 100,
  success: true,
  ...fields,
})

/** A tool whose pattern takes 10 ms a line and costs 2 for each. */
async function aTool(tool: string): Promise<void> {
  const search_files = aPattern({ time_estimate_ms: '10 * N', cost_estimate: '2 * N' })
  await catalog.create({ tool_name: tool, capabilities: { text_search: { patterns: { search_files } } } })
}

async function statistics(tool: string, rest: object = {}) {
  return (await catalog.read(STATISTICS, { tool, ...rest }, catalog.roles.reader)).executionStatistics
}

/** What is stored of the runs of a tool, in order of their duration. */
const stored = (tool: string) =>
  besideApp(catalog.config, async ({ pool }) => {
    const { rows } = await pool.query(
      `SELECT e.version, capability, pattern, actual_ms, actual_cost, estimated_ms, estimated_cost, success, error_type,
         environment, recorded_by FROM executions e JOIN tools t ON t.id = e.tool_id WHERE t.name = $1 ORDER BY actual_ms`,
      [tool],
    )
    return rows
  })

test('a run is kept with what the definition estimates for the same variables, and the revision stays', async () => {
  await aTool('kept')
  const before = await revisionOf(catalog)
  const executions = [
    run('KEPT', { capability: 'TEXT_SEARCH', actualMs: 50, actualCost: 30, variables: { N: 10, unit: 'line' } }),
    run('kept', { actualMs: 60, success: false, errorType: 'timeout', environment: 'production' }),
  ]
  const answer = await catalog.done('recordExecutions', { executions }, RECORDED)
  expect(answer).toMatchObject({ recorded: 2, revision: before, changes: [] })
  expect(await revisionOf(catalog)).toBe(before)
  const place = { version: '1.0.0', capability: 'text_search', pattern: 'search_files', recorded_by: 'key:the editor' }
  expect(await stored('kept')).toEqual([
    {
      ...place,
      actual_ms: 50,
      actual_cost: 30,
      estimated_ms: 100,
      estimated_cost: 20,
      success: true,
      error_type: null,
      environment: null,
    },
    {
      ...place,
      actual_ms: 60,
      actual_cost: null,
      estimated_ms: null,
      estimated_cost: null,
      success: false,
      error_type: 'timeout',
      environment: 'production',
    },
  ])
})

test('runs are counted against their estimates', async () => {
  await aTool('counted')
  const executions = [
    run('counted', { actualMs: 100, actualCost: 10, variables: { N: 10 } }),
    run('counted', { actualMs: 300, actualCost: 50, variables: { N: 10 } }),
    run('counted', { actualMs: 900, success: false }),
  ]
  await catalog.done('recordExecutions', { executions })
  const { p95Ms, successRate, ...rest } = await statistics('counted')
  expect(rest).toEqual({ count: 3, p50Ms: 300, timeRatio: 2, costRatio: 1.5 })
  expect(successRate).toBeCloseTo(2 / 3)
  expect(p95Ms).toBeCloseTo(840)
})

test('runs are told apart by version and by when they ended', async () => {
  await aTool('apart')
  const next = aPattern({ time_estimate_ms: '20 * N' })
  await catalog.publish({
    tool_name: 'apart',
    version: '2.0.0',
    capabilities: { text_search: { patterns: { search_files: next } } },
  })
  const variables = { N: 1 }
  const executions = [
    run('apart', { version: '1.0.0', at: '2020-01-01T00:00:00Z', variables }),
    run('apart', { variables }),
    run('apart', { variables }),
  ]
  await catalog.done('recordExecutions', { executions })
  expect(await statistics('apart')).toMatchObject({ count: 3 })
  expect(await statistics('apart', { version: '1.0.0' })).toMatchObject({ count: 1, timeRatio: 10 })
  expect(await statistics('apart', { version: '2.0.0' })).toMatchObject({ count: 2, timeRatio: 5 })
  expect(await statistics('apart', { since: '2024-01-01T00:00:00Z' })).toMatchObject({ count: 2 })
})

test('there are no statistics of what never ran', async () => {
  await aTool('never')
  expect(await statistics('never')).toBeNull()
  expect(await statistics('nobody')).toBeNull()
})

test.each([
  ['tool', { tool: 'nobody' }, 'there is no tool "nobody"'],
  ['version', { version: '9.0.0' }, 'has no version "9.0.0"'],
  ['capability', { capability: 'nothing' }, 'has no capability "nothing"'],
  ['pattern', { pattern: 'nothing' }, 'has no pattern "nothing"'],
  ['negative time', { actualMs: -1 }, 'between 0 and'],
  ['negative cost', { actualCost: -0.5 }, 'between 0 and'],
  ['length', { actualMs: 1e13 }, 'between 0 and'],
  ['future', { at: '2999-01-01T00:00:00Z' }, 'in the future'],
  ['year 0', { at: '0000-01-01T00:00:00Z' }, 'before 1970'],
  ['long word', { errorType: 'x'.repeat(201) }, 'at most 200'],
])('an unknown or impossible %s is told with its place, and no run is kept', async (what, fields, message) => {
  const tool = `wrong-${what.replace(' ', '-')}`
  await aTool(tool)
  const before = await contents(catalog.config)
  const executions = [run(tool), run(tool, fields), run(tool)]
  const error = await catalog.refused('recordExecutions', { executions }, 'InvalidInputError')
  expect(error.message).toContain(message)
  expect(error.message).toContain('executions[1]: ')
  expect(error.message).not.toMatch(/executions\[[02]\]/)
  expect(await contents(catalog.config)).toEqual(before)
})

test('a tool that serves nothing has no latest version to report a run of', async () => {
  await catalog.create({ tool_name: 'unserved', status: 'draft' })
  const error = await catalog.refused('recordExecutions', { executions: [run('unserved')] }, 'InvalidInputError')
  expect(error.message).toContain('no latest version')
  await catalog.done('recordExecutions', { executions: [run('unserved', { version: '1.0.0' })] })
})

test('a thousand runs come in at once, and not one more', async () => {
  await aTool('many')
  const runs = (count: number) => Array.from({ length: count }, () => run('many', { variables: { N: 1 } }))
  expect(await catalog.done('recordExecutions', { executions: runs(1_000) }, RECORDED)).toMatchObject({
    recorded: 1_000,
  })
  await catalog.refused('recordExecutions', { executions: runs(1_001) }, 'InvalidInputError')
  expect(await statistics('many')).toMatchObject({ count: 1_000 })
  expect(await catalog.done('recordExecutions', { executions: [] }, RECORDED)).toMatchObject({ recorded: 0 })
})

test.each([
  ['no object', [1]],
  ['half a character', { a: '\ud800' }],
  ['a character that no text can have', { 'a\u0000': 1 }],
])('variables that are %s are refused', async (_, variables) => {
  await catalog.refused('recordExecutions', { executions: [run('any', { variables })] }, 'InvalidInputError')
})

test('a number that is too large for any column is refused, not an internal error', async () => {
  await aTool('too-large')
  const text = `mutation { recordExecutions(input: { executions: [{ tool: "too-large", capability: "text_search",
    pattern: "search_files", actualMs: 1e400, success: true }] }) { __typename } }`
  expect(await catalog.read(text)).toEqual({ recordExecutions: { __typename: 'InvalidInputError' } })
})

test('what was reported stays with a tool that is renamed, deleted and restored', async () => {
  await aTool('moving')
  await catalog.done('recordExecutions', { executions: [run('moving')] })
  await catalog.done('updateTool', { tool: 'moving', name: 'moved' })
  await catalog.done('deleteTool', { tool: 'moved' })
  expect(await statistics('moved')).toBeNull()
  await catalog.done('restoreTool', { tool: 'moved' })
  expect(await statistics('moved')).toMatchObject({ count: 1 })
  await catalog.done('createTool', { definition: asText(aDefinition({ tool_name: 'moving' })) })
  expect(await statistics('moving')).toBeNull()
})
