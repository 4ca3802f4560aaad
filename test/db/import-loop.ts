import { importDefinitions, prepareItem } from '../../src/catalog/import.ts'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/database.ts'

// Child of the embedded database's tests: opens (or with `attach` joins) the database of a folder, writes one line for
// what it found there, and then imports batch after batch, a line for each, until it is ended.
const [dataDir = '', mode = 'loop', label = 'child'] = process.argv.slice(2)
const database = await openDatabase(readConfig({ DATA_DIR: dataDir }), { mayAttach: mode === 'attach' })
await database.migrate()

const { rows } = await database.pool.query(`
  SELECT (SELECT revision::int FROM catalog_state) AS revision,
    (SELECT coalesce(max(revision), 0)::int FROM change_sets) AS logged,
    (SELECT count(*)::int FROM change_sets) AS sets,
    (SELECT count(*)::int FROM tools) AS tools,
    (SELECT count(*)::int FROM patterns) AS patterns,
    (SELECT count(*)::int FROM change_events) AS events,
    (SELECT coalesce(array_agg(DISTINCT size), '{}') FROM (SELECT count(*)::int AS size FROM change_events GROUP BY revision) AS sizes) AS sizes,
    (SELECT count(*)::int FROM tools WHERE latest_version_id IS NULL OR revision = 0) AS half`)
process.stdout.write(`${JSON.stringify(rows[0])}\n`)

const BATCH = 40
for (let round = 0; mode === 'loop' || round < 1; round++) {
  const items = Array.from({ length: mode === 'loop' ? BATCH : 1 }, (_, index) =>
    prepareItem(`${index}`, {
      tool_name: `${label}-${process.pid}-${round}-${index}`,
      version: '1.0',
      description: 'd',
      platform: 'linux',
      category: 'system',
      capabilities: { c: { patterns: { p: { description: 'x'.repeat(2_000) } } } },
    }),
  )
  const { revisions } = await importDefinitions(database, { actor: 'child', source: 'import' }, items, {
    onConflict: 'fail',
  })
  process.stdout.write(`${revisions.join()}\n`)
}
await database.close()
