import { beforeAll, expect, test } from 'vitest'
import { CONFLICT_STRATEGIES, IMPORT_BATCH } from '../../src/catalog/import.ts'
import type { Database } from '../../src/db/database.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { everything } from './stored.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})

/** Something of every kind: new, new twice, same, conflicting, a draft, a second version, another spelling. */
function mixture(prefix: string): JsonObject[] {
  const named = (name: string, fields: JsonObject = {}) => aDefinition({ tool_name: `${prefix}-${name}`, ...fields })
  return [
    named('new'),
    named('new'),
    named('new', { version: '1.1.0' }),
    named('same'),
    named('conflict', { description: 'Changed.' }),
    named('conflict', { version: '1.0.1' }),
    named('draft', { status: 'draft', description: 'Changed.' }),
    named('CONFLICT', { version: '3.0.0' }),
  ]
}

function beforehand(prefix: string): JsonObject[] {
  const named = (name: string, fields: JsonObject = {}) => aDefinition({ tool_name: `${prefix}-${name}`, ...fields })
  return [named('same'), named('conflict'), named('draft', { status: 'draft' })]
}

test.each(CONFLICT_STRATEGIES)(
  'a dry run with %s changes nothing and says what the real run then does',
  async (onConflict) => {
    await importAll(database, beforehand(onConflict))
    const before = await everything(database)
    const forecast = await importAll(database, mixture(onConflict), { onConflict, dryRun: true })
    expect(forecast.revisions).toEqual([])
    expect(await everything(database)).toEqual(before)
    const real = await importAll(database, mixture(onConflict), { onConflict })
    expect(forecast.results).toEqual(real.results)
    expect(new Set(real.results.map(({ outcome }) => outcome))).toContain(
      onConflict === 'fail' ? 'rejected' : 'updated',
    )
  },
)

test('a dry run foresees what happens across batches', async () => {
  const small = (index: number, fields: JsonObject = {}) => ({
    tool_name: `wide-${index}`,
    version: '1.0',
    description: 'd',
    platform: 'linux',
    category: 'system',
    ...fields,
  })
  await importAll(database, [small(1)])
  const first = [
    small(1, { description: 'Changed.' }),
    ...Array.from({ length: IMPORT_BATCH.changes - 1 }, (_, i) => small(i + 2)),
  ]
  const second = [
    small(1, { description: 'Changed.' }),
    small(1, { version: '1.0.1' }),
    small(2, { version: '2.0' }),
    small(3),
    small(9_999),
    small(9_999, { version: '2.0' }),
  ]
  const before = await everything(database)
  const forecast = await importAll(database, [...first, ...second], { onConflict: 'new-version', dryRun: true })
  expect(await everything(database)).toEqual(before)
  const real = await importAll(database, [...first, ...second], { onConflict: 'new-version' })
  const told = ({ results }: typeof real) =>
    results.map(({ tool, version, outcome }) => `${tool} ${version} ${outcome}`)
  expect(told(forecast)).toEqual(told(real))
  expect(real.revisions).toHaveLength(2)
  expect(told(real).slice(IMPORT_BATCH.changes)).toEqual([
    'wide-1 1.0 unchanged',
    'wide-1 1.0.1 updated',
    'wide-2 2.0 updated',
    'wide-3 1.0 unchanged',
    'wide-9999 1.0 created',
    'wide-9999 2.0 updated',
  ])
})
