import { beforeAll, expect, test } from 'vitest'
import { createLoaders, loadAll } from '../../src/catalog/loaders.ts'
import { searchTools } from '../../src/catalog/search.ts'
import { listTools } from '../../src/catalog/tools.ts'
import type { Database } from '../../src/db/database.ts'
import { withSnapshot } from '../../src/db/snapshot.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, aPattern, importAll } from '../support/fixtures.ts'
import { recordingReader } from './recording-reader.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
  const capabilities = Object.fromEntries(
    ['one', 'two', 'three'].map((name) => [name, { patterns: { first: aPattern(), second: aPattern() } }]),
  )
  const tools = Array.from({ length: 40 }, (_, index) =>
    ['1.0.0', '2.0.0'].map((version) => aDefinition({ tool_name: `tool-${index}`, version, capabilities })),
  )
  await importAll(database, tools.flat())
})

/** Read tools with all that hangs on them, as a client's nested query does. */
async function readNested(first: number) {
  return withSnapshot(database, async (snapshot) => {
    const reader = recordingReader(snapshot)
    const loaders = createLoaders(reader)
    const page = await listTools(reader, {}, { field: 'name', descending: false }, { first })
    const tools = await loadAll(
      loaders.tool,
      page.edges.map(({ node }) => node),
    )
    const perTool = await Promise.all(
      tools.map(async ({ id, latestVersionId }) => {
        const [versions, latest] = await Promise.all([
          loaders.versionsByTool.load(id),
          loaders.version.load(latestVersionId ?? ''),
        ])
        const contents = await loaders.contents.load(latest?.id ?? '')
        const capabilities = contents?.capabilities ?? []
        return {
          versions: versions.length,
          capabilities: capabilities.map(({ name }) => name),
          patterns: capabilities.flatMap(({ id }) => contents?.patternsOf(id) ?? []).length,
          hasDefinition: contents?.document !== undefined,
        }
      }),
    )
    return { perTool, labels: reader.statements.map(({ label }) => label) }
  })
}

test('forty tools with versions, capabilities and patterns cost the statements of one', async () => {
  const one = await readNested(1)
  const many = await readNested(40)
  expect(many.perTool).toHaveLength(40)
  expect(new Set(many.perTool.map((tool) => JSON.stringify(tool)))).toEqual(
    new Set([JSON.stringify({ versions: 2, capabilities: ['one', 'two', 'three'], patterns: 6, hasDefinition: true })]),
  )
  expect(many.labels).toEqual(one.labels)
  expect(one.labels.toSorted()).toEqual(['contents', 'tool', 'tools', 'version', 'versionsByTool'])
})

test('a search costs two statements, whatever it finds', async () => {
  for (const phrase of ['tool-7', 'tool', 'one two three', 'tol lins']) {
    await withSnapshot(database, async (snapshot) => {
      const reader = recordingReader(snapshot)
      await searchTools(reader, phrase, {})
      expect(reader.statements.map(({ label }) => label)).toEqual(['search.spellings', 'search.candidates'])
    })
  }
})
