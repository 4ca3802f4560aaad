import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { closeLater, testConfig } from '../support/database.ts'

test('the embedded database closes also when somebody has just gone away in the middle of a failed transaction', async () => {
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'tool-catalog-close-'))
  closeLater(() => rmSync(DATA_DIR, { recursive: true, force: true }))
  const database = await openDatabase(testConfig({ DATA_DIR }))
  const client = await database.pool.connect()
  await client.query('BEGIN')
  await expect(client.query('SELECT FROM nowhere')).rejects.toThrow(/nowhere/)
  client.release(true)
  await database.close()
  const again = await openDatabase(testConfig({ DATA_DIR }))
  expect((await again.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  await again.close()
})
