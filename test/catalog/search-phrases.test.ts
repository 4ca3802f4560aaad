import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { beforeAll, expect, test } from 'vitest'
import { searchTools } from '../../src/catalog/search.ts'
import { fillEmptyCatalog } from '../../src/catalog/starter.ts'
import type { Database } from '../../src/db/database.ts'
import { withSnapshot } from '../../src/db/snapshot.ts'
import { openTestDatabase } from '../support/database.ts'

/** The part of the phrases whose tool must be among the first three. */
const GOOD = 0.9

// What stands in that file.
const phrases = load(readFileSync(new URL('./search-phrases.yaml', import.meta.url), 'utf8')) as readonly {
  readonly phrase: string
  readonly finds: readonly string[]
}[]

let database: Database
let names: Map<string, string>
beforeAll(async () => {
  database = await openTestDatabase()
  await fillEmptyCatalog(database, () => {})
  const { rows } = await database.pool.query('SELECT id, name_key FROM tools')
  names = new Map(rows.map(({ id, name_key }) => [id, name_key]))
})

test('every tool that a phrase is to find is in the catalog', () => {
  const known = new Set(names.values())
  const unknown = phrases.flatMap(({ finds }) => finds.filter((name) => !known.has(name)))
  expect(unknown).toEqual([])
})

test('what operators type finds the right tool among the first three', async () => {
  expect(phrases.length).toBeGreaterThanOrEqual(50)
  const missed: string[] = []
  for (const { phrase, finds } of phrases) {
    const hits = await withSnapshot(database, (reader) => searchTools(reader, phrase, {}))
    const first = hits.slice(0, 3).map(({ toolId }) => names.get(toolId) ?? '')
    if (!first.some((name) => finds.includes(name))) missed.push(`${phrase}: ${first.join(', ')}`)
  }
  const found = phrases.length - missed.length
  console.log(`${found} of ${phrases.length} phrases found their tool; missed:\n${missed.join('\n')}`)
  expect(found / phrases.length, missed.join('\n')).toBeGreaterThanOrEqual(GOOD)
})
