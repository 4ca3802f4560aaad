import { beforeAll, expect, test } from 'vitest'
import { chainHash, firstDigest } from '../../src/changes/chain.ts'
import type { ChangeEvent } from '../../src/changes/change-event.ts'
import { verifyChain } from '../../src/changes/verify.ts'
import type { Database } from '../../src/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { asSuperuser, keepHistory } from './tampering.ts'
import { writeEverything } from './written.ts'

/** Revisions up to this one are as they were written before the events had a digest of their own. */
const OLDER = 7

let database: Database
let restore: () => Promise<void>
let revisions: number
beforeAll(async () => {
  database = await openTestDatabase()
  revisions = await writeEverything(database)
  await rewrite()
  restore = await keepHistory(database)
})

/** Give the older revisions the digests of then, and all of them the hashes that follow. */
async function rewrite(): Promise<void> {
  const { rows } = await database.pool.query(
    `SELECT revision::text AS revision, at, actor, source, message, request_id AS "requestId", digest,
       (SELECT json_agg(json_build_object('kind', kind, 'toolId', tool_id, 'toolName', tool_name, 'version', version,
         'latest', latest, 'draft', draft, 'before', before, 'after', after) ORDER BY position)
        FROM change_events e WHERE e.revision = s.revision) AS events
     FROM change_sets s ORDER BY s.revision`,
  )
  let hash = ''
  for (const { revision, at, events, digest: present, ...origin } of rows) {
    const isOlder = Number(revision) <= OLDER
    const digest = isOlder ? firstDigest(origin, events as ChangeEvent[]) : String(present)
    hash = chainHash(hash, revision, at.toISOString(), digest)
    const older = isOlder ? ', events_digest = NULL' : ''
    await asSuperuser(
      database,
      `UPDATE change_sets SET digest = '${digest}', hash = '${hash}' ${older} WHERE revision = ${revision}`,
    )
  }
  await asSuperuser(database, `UPDATE catalog_state SET head_hash = '${hash}'`)
}

test('a chain that began with the digests of then and goes on with those of now verifies', async () => {
  expect(await verifyChain(database)).toMatchObject({ verified: revisions, firstBad: undefined })
})

test.each([
  ['an older one that was changed', `UPDATE change_sets SET actor = 'x' WHERE revision = 5`, '5'],
  [
    'one of now that is passed off as an older one',
    'UPDATE change_sets SET events_digest = NULL WHERE revision = 9',
    '9',
  ],
])('%s is named', async (_, statement, bad) => {
  await asSuperuser(database, statement)
  const { firstBad } = await verifyChain(database)
  await restore()
  expect(firstBad).toEqual({ revision: bad, reason: 'it does not say what was written' })
})
