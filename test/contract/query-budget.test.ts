import { parse, execute as run } from 'graphql'
import { beforeAll, expect, test } from 'vitest'
import { createLoaders } from '../../src/catalog/loaders.ts'
import type { Database } from '../../src/db/database.ts'
import { Snapshot } from '../../src/db/snapshot.ts'
import { schema } from '../../src/graphql/schema.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { NOTHING_REMEMBERED } from '../support/forgetful.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
  const tools = Array.from({ length: 30 }, (_, index) => `tool-${index}`)
  await importAll(
    database,
    tools.flatMap((name) => [aDefinition({ tool_name: name }), aDefinition({ tool_name: name, version: '2.0.0' })]),
  )
})

/** Labels of the statements that an operation runs, in order. */
async function statements(query: string, variableValues: Record<string, unknown>): Promise<string[]> {
  const labels: string[] = []
  class Recording extends Snapshot {
    override query<T extends object>(label: string, sql: string, values?: readonly unknown[]): Promise<T[]> {
      labels.push(label)
      return super.query<T>(label, sql, values)
    }
  }
  const reader = new Recording(database)
  const result = await run({
    schema,
    document: parse(query),
    variableValues,
    contextValue: { reader, loaders: createLoaders(reader), cache: NOTHING_REMEMBERED },
  })
  await reader.end()
  expect(result.errors).toBeUndefined()
  return labels
}

const EVERYTHING = `query ($first: Int) {
  tools(first: $first) { totalCount nodes { name description
    latest { version digest tags dependencies { name } tool { name } capabilities { name patterns { name capability { name version { version } } } } }
    versions(first: 2) { totalCount nodes { version definition capabilities { name } } }
    capabilities { name } } } }`

test.each([
  ['tools with everything nested', EVERYTHING],
  [
    'a search',
    'query ($first: Int) { searchTools(query: "search regex", first: $first) { nodes { tool { name latest { capabilities { patterns { name } } } } } } }',
  ],
  [
    'capabilities',
    'query ($first: Int) { capabilities(first: $first) { nodes { name patterns { name } version { tool { name } } } } }',
  ],
  [
    'patterns',
    'query ($first: Int) { patterns(first: $first) { nodes { name capability { version { tool { name } } } } } }',
  ],
  ['an export', 'query ($first: Int) { exportTools(first: $first) { text } }'],
])('%s: 30 items cost the statements of one', async (_, query) => {
  const one = await statements(query, { first: 1 })
  const thirty = await statements(query, { first: 30 })
  expect(thirty).toEqual(one)
  expect(one.length).toBeGreaterThan(0)
})

test('the statements of one nested tool are these', async () => {
  expect(await statements('{ tool(name: "tool-1") { latest { capabilities { patterns { name } } } } }', {})).toEqual([
    'toolByName',
    'version',
    'contents',
  ])
})
