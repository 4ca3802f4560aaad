import { beforeAll, expect, test } from 'vitest'
import { compactHistory } from '../../src/changes/compact.ts'
import { openDatabase } from '../../src/db/database.ts'
import { asSuperuser } from '../audit/tampering.ts'
import { cloneDatabase, testConfig } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { runCommand } from '../support/process.ts'

let environment: Record<string, string>
let headHash: string
beforeAll(async () => {
  environment = await cloneDatabase()
  headHash = await beside(async (database) => {
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await importAll(database, [aDefinition({ version })])
    return (await database.pool.query('SELECT head_hash FROM catalog_state')).rows[0].head_hash
  })
})

/** The embedded database belongs to one process at a time: opened for each step, and closed for the command. */
async function beside<T>(work: (database: Awaited<ReturnType<typeof openDatabase>>) => Promise<T>): Promise<T> {
  const database = await openDatabase(testConfig(environment))
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

const verify = (...options: string[]) => runCommand(['audit', 'verify', ...options], environment)

test('audit verify says that the history is as it was written, and the head to keep elsewhere', async () => {
  const { code, stdout, output } = await verify()
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `3 revisions: the history is as it was written\nHead of the chain: ${headHash}\n`,
  })
  expect(output).toBe(stdout)
})

test('audit verify speaks JSON', async () => {
  const { code, stdout } = await verify('--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual({ ok: true, verified: 3, unchained: 0, compacted: 0, headHash })
})

test('audit verify of an empty catalog has nothing to say against it', async () => {
  const { code, stdout } = await runCommand(['audit', 'verify'], await cloneDatabase())
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: '0 revisions: the history is as it was written\nHead of the chain: \n',
  })
})

test('audit verify says of how many revisions only the hashes are left', async () => {
  const compacted = await cloneDatabase()
  const database = await openDatabase(testConfig(compacted))
  for (const version of ['1.0.0', '2.0.0', '3.0.0']) await importAll(database, [aDefinition({ version })])
  await database.pool.query('SELECT pg_sleep(0.01)')
  await compactHistory(database, { revisions: 1, hours: 0 })
  await database.close()
  const { code, stdout } = await runCommand(['audit', 'verify'], compacted)
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^1 revision, 2 compacted, of which only the hashes are left: the history is as it was written\n/,
  )
})

test('audit verify fails and names the first revision that somebody has changed', async () => {
  const forge = `UPDATE change_events SET after = '{}' WHERE revision = 2`
  await beside((database) => asSuperuser(database, forge))
  const { code, stdout } = await verify()
  expect({ code, stdout }).toEqual({ code: 1, stdout: 'Revision 2 is bad: it does not say what was written\n' })
  const inJson = await verify('--json')
  expect(inJson.code).toBe(1)
  expect(JSON.parse(inJson.stdout)).toEqual({
    ok: false,
    verified: 1,
    unchained: 0,
    compacted: 0,
    headHash,
    firstBad: { revision: '2', reason: 'it does not say what was written' },
  })
})
