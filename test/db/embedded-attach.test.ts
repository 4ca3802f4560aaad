import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DataDirInUseError } from '../../src/db/data-lock.ts'
import { openDatabase } from '../../src/db/database.ts'
import { closeLater, testConfig } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { startChild } from './child.ts'

test('a second process joins the database that the first has open, and each sees what the other writes', async () => {
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'tool-catalog-attach-'))
  closeLater(() => rmSync(DATA_DIR, { recursive: true, force: true }))
  const database = await openDatabase(testConfig({ DATA_DIR }))
  closeLater(() => database.close())
  await database.migrate()
  await importAll(database, [aDefinition({ tool_name: 'ours' })])

  const child = startChild('import-loop.ts', [DATA_DIR, 'attach', 'theirs'])
  expect(JSON.parse(await child.line())).toMatchObject({ revision: 1, tools: 1 })
  expect(await child.line()).toBe('2')
  const { revisions } = await importAll(database, [aDefinition({ tool_name: 'ours', version: '2.0.0' })])
  expect(revisions).toEqual(['3'])
  const { rows } = await database.pool.query('SELECT name, revision::int FROM tools ORDER BY revision')
  expect(rows).toEqual([
    { name: `theirs-${child.process.pid}-0-0`, revision: 2 },
    { name: 'ours', revision: 3 },
  ])

  await expect(openDatabase(testConfig({ DATA_DIR }))).rejects.toThrow(DataDirInUseError)
})
