import { beforeAll, expect, test } from 'vitest'
import { compactHistory } from '../../src/changes/compact.ts'
import { verifyChain } from '../../src/changes/verify.ts'
import type { Database } from '../../src/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { asSuperuser, keepHistory } from './tampering.ts'
import { writeEverything } from './written.ts'

/** Of 15 revisions. */
const COMPACTED = 9

let database: Database
let restore: () => Promise<void>
let headHash: string
beforeAll(async () => {
  database = await openTestDatabase()
  const revisions = await writeEverything(database)
  headHash = (await verifyChain(database)).headHash
  // A moment later than the newest of them, by a clock that counts milliseconds.
  await database.pool.query('SELECT pg_sleep(0.01)')
  await compactHistory(database, { revisions: revisions - COMPACTED, hours: 0 })
  restore = await keepHistory(database)
})

test('the chain verifies behind a compaction, to the same head, and says of how many only the hashes are left', async () => {
  expect(await verifyChain(database)).toEqual({
    verified: 15 - COMPACTED,
    unchained: 0,
    compacted: COMPACTED,
    headHash,
    firstBad: undefined,
  })
})

const SAYS = 'it does not say what was written'
const FOLLOWS = 'its hash does not follow from the one before'

test.each<[string, string, string]>([
  ['was deleted', 'DELETE FROM change_sets WHERE revision = 5', '5: it is missing'],
  ['has another time', `UPDATE change_sets SET at = at + interval '1 second' WHERE revision = 5`, `5: ${FOLLOWS}`],
  ['has another digest', `UPDATE change_sets SET digest = md5('') || md5('') WHERE revision = 5`, `5: ${SAYS}`],
  ['has another hash', `UPDATE change_sets SET hash = md5('') || md5('') WHERE revision = 5`, `5: ${FOLLOWS}`],
  ['has another actor', `UPDATE change_sets SET actor = 'nobody' WHERE revision = 5`, `5: ${SAYS}`],
  ['has another message', `UPDATE change_sets SET message = 'x' WHERE revision = 5`, `5: ${SAYS}`],
  ['is a draft or not', 'UPDATE change_sets SET draft = NOT draft WHERE revision = 5', `5: ${SAYS}`],
  ['had other events', `UPDATE change_sets SET events_digest = md5('') || md5('') WHERE revision = 5`, `5: ${SAYS}`],
  [
    'has got changes',
    `INSERT INTO change_events SELECT copy.* FROM change_events own, json_populate_record(own, '{"revision":5}') copy
       WHERE own.revision = 10 AND own.position = 0`,
    '5: it was compacted, and has changes all the same',
  ],
  [
    'was compacted by hand, beyond the mark',
    'DELETE FROM change_events WHERE revision = 10',
    '10: it does not say what was written',
  ],
])('a revision that %s is named', async (_, statement, bad) => {
  await asSuperuser(database, statement)
  const { firstBad } = await verifyChain(database)
  await restore()
  expect(firstBad && `${firstBad.revision}: ${firstBad.reason}`).toBe(bad)
})
