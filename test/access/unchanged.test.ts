import { beforeAll, describe, expect, test } from 'vitest'
import { caughtUp, startTestApp } from '../support/app.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { type Ask, type Asker, askersOf } from './asking.ts'
import { besideApp, publish, publishAndDelete, writeDrafts } from './hidden.ts'

const READERS = ['anonymous', 'reader'] as const
const VERSION = `id version status digest createdAt createdBy description platform category tags definition definitionText
  capabilities { id name description extensions patterns { id name typicalUseCases } }`
const PATTERN = 'id name description typicalUseCases timeEstimateMs policy { maxCost } capability { id version { id } }'
const EVENTS = 'revision at actor source message requestId hash events { kind toolName version latest before after }'
const TOOL = `id name description platform category status tags enabled productionSafe requiresApproval compatibility deletedAt
  createdAt updatedAt revision latest { ${VERSION} }`

/** Questions about everything, and about nothing: each with what could show that something is hidden. */
const CATALOG: readonly string[] = [
  `tools(first: 100) { totalCount edges { cursor } pageInfo { hasNextPage } nodes { ${TOOL} } }`,
  'tools(orderBy: { field: UPDATED_AT }) { edges { cursor } }',
  'tools(filter: { enabled: null }, orderBy: { field: PLATFORM }) { totalCount nodes { id } }',
  'tools(filter: { deleted: true, enabled: null }) { totalCount nodes { id } }',
  'tools(last: 1) { edges { cursor node { id } } pageInfo { startCursor hasPreviousPage } }',
  `tool(name: "grep") { ${TOOL} versions(first: 100) { totalCount edges { cursor } nodes { id version } } }`,
  `toolVersions(tool: "grep") { totalCount nodes { ${VERSION} } pageInfo { endCursor } }`,
  'capabilities(filter: { tools: { enabled: null } }) { totalCount edges { cursor } nodes { id name } }',
  'capabilities(filter: { tools: { deleted: true } }) { totalCount nodes { id name } }',
  `patterns(filter: { tools: { enabled: null } }) { totalCount edges { cursor } nodes { ${PATTERN} } }`,
  'patterns(filter: { tools: { deleted: true } }) { totalCount nodes { id name } }',
  `catalogStatistics(exact: true) { tools enabledTools versions capabilities patterns productionSafePatterns patternsRequiringApproval
     toolsByPlatform { name count } toolsByCategory { name count } toolsByStatus { status count } }`,
  'exportTools(versions: ALL, format: JSON) { text count endCursor hasNextPage }',
  'exportTools(versions: LATEST, platform: "secret-platform") { text count endCursor hasNextPage }',
  'toolDiff(tool: "grep", from: "0.9.0", to: "1.0.0") { path before after kind breaking reason }',
  `executionStatistics(tool: "grep", capability: "text_search", pattern: "search_files") {
     count successRate p50Ms p95Ms timeRatio costRatio }`,
]

/** Words of drafts and of the deleted tool, misspelt ones of them, and words that those would correct. */
const PHRASES = [
  'zymurgy',
  'zymurgi',
  'brew',
  'brw',
  'quokka',
  'secret',
  'secrt capability',
  'hush',
  'hushd',
  'gone',
  'gon',
  'lines',
  'lins',
  'edit text',
  'gerp',
  'grepp',
  'greppp',
  'search files',
  'serch',
]
const SEARCHES = PHRASES.map(
  (phrase) =>
    `searchTools(query: ${JSON.stringify(phrase)}) { totalCount nodes { score tool { id } matches { word field kind text } } }`,
)
const HISTORY = [
  `changeSets(first: 20) { totalCount edges { cursor } nodes { ${EVENTS} } }`,
  'changeSets(filter: { tool: "grep" }) { totalCount nodes { revision } }',
  `tool(name: "grep") { history(first: 20) { totalCount edges { cursor } nodes { ${EVENTS} } } }`,
]

let ask: Record<Asker, Ask>
const stages: Record<'published' | 'drafts' | 'deleted', Map<string, string>> = {
  published: new Map(),
  drafts: new Map(),
  deleted: new Map(),
}

beforeAll(async () => {
  const app = await startTestApp()
  ask = await askersOf(app)
  const database = await besideApp(app.config)
  const questions = [...CATALOG, ...SEARCHES, ...HISTORY]
  const askAll = async (stage: keyof typeof stages) => {
    await caughtUp(app.config, database)
    for (const asker of [...READERS, 'editor'] as const)
      for (const question of questions) stages[stage].set(`${asker}: ${question}`, await answer(asker, question))
  }
  await publish(database)
  await askAll('published')
  await writeDrafts(database)
  await askAll('drafts')
  await publishAndDelete(database)
  await askAll('deleted')
})

/** All of an answer, but for the revision that it was read at. */
async function answer(asker: Asker, question: string): Promise<string> {
  const { status, body } = await ask[asker](`{ ${question} }`)
  expect(body.errors, question).toBeUndefined()
  const { extensions, ...rest } = body
  expect(extensions).toEqual({ revision: expect.any(String) })
  return JSON.stringify({ status, ...rest }, null, 1)
}

describe.each(READERS)('what a reader (%s) is told', (reader) => {
  test.each([...CATALOG, ...SEARCHES, ...HISTORY])('is the same after drafts were written: %s', (question) => {
    const key = `${reader}: ${question}`
    expect(stages.drafts.get(key)).toBe(stages.published.get(key))
  })

  // The history of what was published stays: who follows the catalog must hear that a tool has gone.
  test.each([...CATALOG, ...SEARCHES])('is the same after a tool came and was deleted: %s', (question) => {
    const key = `${reader}: ${question}`
    expect(stages.deleted.get(key)).toBe(stages.published.get(key))
  })
})

test('an editor is told of the drafts, or the comparison would prove nothing', () => {
  const seen = [...CATALOG, ...SEARCHES, ...HISTORY].filter((question) => {
    const key = `editor: ${question}`
    return stages.drafts.get(key) !== stages.published.get(key)
  })
  expect(seen.length).toBeGreaterThan(8)
  for (const field of ['tools(first', 'tool(name', 'toolVersions', 'catalogStatistics', 'exportTools', 'changeSets'])
    expect(seen.join(), field).toContain(field)
})

test('a published version does not become a draft because a draft is imported over it', async () => {
  const database = await openTestDatabase()
  await importAll(database, [aDefinition()])
  const draft = aDefinition({ status: 'draft', description: 'Secret.' })
  const { results, revisions } = await importAll(database, [draft], { onConflict: 'overwrite' })
  expect({ outcome: results[0]?.outcome, revisions }).toEqual({ outcome: 'rejected', revisions: [] })
  const { rows } = await database.pool.query('SELECT status::text FROM tool_versions')
  expect(rows).toEqual([{ status: 'active' }])
})
