import { expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'

test('twenty writers at once get the revisions 1 to n, each with its own events', async () => {
  const database = await openTestDatabase()
  const writers = Array.from({ length: 20 }, async (_, writer) => {
    const revisions: string[] = []
    for (const round of [1, 2, 3]) {
      const answer = await importAll(database, [aDefinition({ tool_name: `tool-${writer}`, version: `${round}.0.0` })])
      revisions.push(...answer.revisions)
    }
    return revisions
  })
  const written = await Promise.all(writers)
  const expected = Array.from({ length: 60 }, (_, index) => index + 1)
  expect(
    written
      .flat()
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(expected)
  const { rows } = await database.pool.query(
    `SELECT s.revision::int, array_agg(e.tool_name || ' ' || e.version ORDER BY e.position) AS events
     FROM change_sets s LEFT JOIN change_events e USING (revision) GROUP BY s.revision ORDER BY s.revision`,
  )
  expect(rows.map(({ revision }) => revision)).toEqual(expected)
  for (const [writer, revisions] of written.entries()) {
    const own = revisions.map((revision) => rows[Number(revision) - 1].events)
    expect(own).toEqual([1, 2, 3].map((round) => [`tool-${writer} ${round}.0.0`]))
  }
})

test('writers that all change one tool lose nothing of each other', async () => {
  const database = await openTestDatabase()
  await importAll(database, [aDefinition({ tool_name: 'shared', version: '0.0.0' })])
  const numbers = Array.from({ length: 12 }, (_, index) => `1.0.${index}`)
  await Promise.all(numbers.map((version) => importAll(database, [aDefinition({ tool_name: 'shared', version })])))
  const { rows } = await database.pool.query(
    `SELECT (SELECT version FROM tool_versions WHERE id = latest_version_id) AS latest, (SELECT count(*)::int FROM tool_versions) AS versions,
       (SELECT revision::int FROM catalog_state) AS revision FROM tools`,
  )
  expect(rows).toEqual([{ latest: '1.0.11', versions: 13, revision: 13 }])
})
