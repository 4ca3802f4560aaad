import { once } from 'node:events'
import { expect, test } from 'vitest'
import { setToolEnabled } from '../../src/catalog/tool-state.ts'
import { verifyChain } from '../../src/changes/verify.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { startChild } from '../db/child.ts'
import { cloneDatabase, isServer, testConfig } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { expectNothingOpen } from './sessions.ts'
import { currentRevision } from './stored.ts'

/** The embedded database belongs to one process at a time. */
async function beside<T>(environment: Record<string, string>, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(testConfig(environment))
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** The child's write, sent again as a caller would who never got an answer. */
function retry(database: Database, clientMutationId: string) {
  const viewer = { actor: 'key:editor', role: 'editor' as const }
  const context = { database, viewer, requestId: 'retried', compatibility: 'none' } as const
  return setToolEnabled(context, { tool: 'shared', enabled: false }, { once: { clientMutationId, request: 'disable' } })
}

const ROUNDS = isServer() ? 3 : 1

test.each<['before' | 'after', number]>([
  ['before', 0],
  ['after', 1],
])('a write whose process is killed right %s its COMMIT has one effect when it is retried', async (moment, effects) => {
  for (let round = 0; round < ROUNDS; round++) {
    const environment = await cloneDatabase()
    await beside(environment, (database) => importAll(database, [aDefinition({ tool_name: 'shared' })]))
    const child = startChild('../catalog/killed-write.ts', [JSON.stringify(environment), moment, `id-${round}`])
    const [code, signal] = await once(child.process, 'exit')
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' })
    await expect(child.line()).rejects.toThrow('ended without another line')
    await beside(environment, async (database) => {
      expect(await currentRevision(database)).toBe(1 + effects)
      const first = await retry(database, `id-${round}`)
      expect(first).toMatchObject({ revision: '2', events: [{ kind: 'ToolDisabled', toolName: 'shared' }] })
      expect(await retry(database, `id-${round}`)).toEqual(first)
      expect(await currentRevision(database)).toBe(2)
      // Who did it is in the history: the killed process, or the retry.
      const { rows } = await database.pool.query('SELECT request_id AS by FROM change_sets WHERE revision = 2')
      expect(rows).toEqual([{ by: effects === 1 ? 'request' : 'retried' }])
      expect(await verifyChain(database)).toMatchObject({ verified: 2, firstBad: undefined })
      await expectNothingOpen(database)
    })
  }
})
