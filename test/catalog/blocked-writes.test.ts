import { beforeAll, describe, expect, test } from 'vitest'
import { commit } from '../../src/catalog/commit.ts'
import { lockTool } from '../../src/catalog/stored-tools.ts'
import { setToolEnabled } from '../../src/catalog/tool-state.ts'
import { verifyChain } from '../../src/changes/verify.ts'
import type { Database } from '../../src/db/database.ts'
import type { Prisma } from '../../src/generated/prisma/client.ts'
import { maskError } from '../../src/http/mask-error.ts'
import { createLogger } from '../../src/logger.ts'
import { isServer, openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { expectNothingOpen } from './sessions.ts'
import { currentRevision } from './stored.ts'

/** How long a writer waits for one lock here, in milliseconds. */
const LOCK_TIMEOUT_MS = 100
const ORIGIN = { actor: 'key:editor', source: 'api' } as const

/** The embedded database has one session: its writers queue, and nobody ever holds what another one waits for. */
describe.skipIf(!isServer())('a writer whom another session keeps waiting', () => {
  let database: Database
  beforeAll(async () => {
    database = await openTestDatabase({ DATABASE_LOCK_TIMEOUT_MS: String(LOCK_TIMEOUT_MS) })
    await importAll(database, [aDefinition({ tool_name: 'first' }), aDefinition({ tool_name: 'second' })])
  })

  /** A session that holds what this statement takes, until it is told to let go. */
  async function hold(statement: string): Promise<() => Promise<void>> {
    const client = await database.pool.connect()
    await client.query('BEGIN')
    await client.query(statement)
    return async () => {
      await client.query('ROLLBACK')
      client.release()
    }
  }

  const toggle = () => {
    const context = { database, viewer: { actor: 'key:editor', role: 'editor' }, requestId: 'request' } as const
    return database.prisma.tool
      .findFirstOrThrow({ where: { nameKey: 'first' } })
      .then(({ enabled }) =>
        setToolEnabled({ ...context, compatibility: 'none' }, { tool: 'first', enabled: !enabled }, {}),
      )
  }

  const LOCKS = [
    ['the row of its tool', `SELECT FROM tools WHERE name_key = 'first' FOR UPDATE`],
    ['the counter', 'SELECT FROM catalog_state FOR UPDATE'],
    ['a whole table', 'LOCK TABLE change_events IN ACCESS EXCLUSIVE MODE'],
  ]

  test.each(LOCKS)('for %s tries again, and succeeds when it is let go', async (_, statement) => {
    const start = await currentRevision(database)
    const release = await hold(statement)
    let isDone = false
    const written = toggle().finally(() => {
      isDone = true
    })
    await new Promise((resolve) => setTimeout(resolve, 2 * LOCK_TIMEOUT_MS))
    expect(isDone).toBe(false)
    await release()
    expect(await written).toMatchObject({ revision: String(start + 1) })
    expect(await currentRevision(database)).toBe(start + 1)
    await expectNothingOpen(database)
  })

  test.each(LOCKS)('for %s gives up when it never is, says so, and leaves nothing behind', async (_, statement) => {
    const start = await currentRevision(database)
    const release = await hold(statement)
    const began = performance.now()
    const error: unknown = await toggle().catch((reason: unknown) => reason)
    const waited = performance.now() - began
    await release()
    expect(String(error)).toContain('lock timeout')
    expect(maskError(error, createLogger({ LOG_LEVEL: 'silent', LOG_FORMAT: 'json' })).toJSON()).toEqual({
      message: 'Others are writing the same just now. Try again.',
      extensions: { code: 'TRY_AGAIN' },
    })
    expect(waited).toBeGreaterThan(3.5 * LOCK_TIMEOUT_MS)
    await expectNothingOpen(database)
    expect(await currentRevision(database)).toBe(start)
    expect(await toggle()).toMatchObject({ revision: String(start + 1) })
  })
})

/** A way for two to wait for each other: whoever comes first waits for the other, once. */
function meeting(): () => Promise<void> {
  let meet = () => {}
  const both = new Promise<void>((resolve) => {
    meet = resolve
  })
  let count = 0
  return async () => {
    if (++count === 2) meet()
    await both
  }
}

describe.skipIf(!isServer())('two writers who take two tools in opposite order', () => {
  let database: Database
  beforeAll(async () => {
    database = await openTestDatabase({ DATABASE_LOCK_TIMEOUT_MS: '10000' })
    await importAll(database, [aDefinition({ tool_name: 'first' }), aDefinition({ tool_name: 'second' })])
  })

  /**
   * One change of two tools, taken in this order; it counts how often it was begun. It begins again when the other one is
   * through: if that were slow to take what it was just given, the two could wait for each other once more.
   */
  async function changeBoth(
    order: readonly string[],
    between: () => Promise<void>,
    other: () => Promise<unknown>,
  ): Promise<number> {
    let attempts = 0
    const touch = async (tx: Prisma.TransactionClient, name: string) => {
      const { id } = await lockTool(tx, name, undefined)
      await tx.tool.update({ where: { id }, data: { updatedAt: new Date() } })
      return { toolId: id, toolName: name }
    }
    await commit(database, ORIGIN, async ({ tx, record }) => {
      attempts++
      if (attempts > 1) await other()
      for (const [index, name] of order.entries()) {
        if (index === 1 && attempts === 1) await between()
        const which = await touch(tx, name)
        record({
          ...which,
          kind: 'ToolUpdated',
          version: null,
          latest: null,
          draft: false,
          before: null,
          after: { order: [...order] },
        })
      }
      return null
    })
    return attempts
  }

  test('both write: one of them is chosen as the victim, and tries again', async () => {
    const start = await currentRevision(database)
    const between = meeting()
    const writers: Promise<number>[] = []
    writers.push(
      changeBoth(['first', 'second'], between, async () => writers[1]),
      changeBoth(['second', 'first'], between, async () => writers[0]),
    )
    const attempts = await Promise.all(writers)
    expect(attempts.sort((a, b) => a - b)).toEqual([1, 2])
    expect(await currentRevision(database)).toBe(start + 2)
    const { rows } = await database.pool.query(
      'SELECT count(*)::int AS events FROM change_events WHERE revision > $1 GROUP BY revision',
      [start],
    )
    expect(rows).toEqual([{ events: 2 }, { events: 2 }])
    expect((await verifyChain(database)).firstBad).toBeUndefined()
    await expectNothingOpen(database)
  })

  test('a commit gives way to a transaction of somebody else, and happens behind it', async () => {
    const start = await currentRevision(database)
    const foreign = await database.pool.connect()
    await foreign.query(`BEGIN; SET LOCAL deadlock_timeout = '1min'`)
    await foreign.query(`UPDATE tools SET description = 'Foreign.' WHERE name_key = 'second'`)
    let taken: Promise<unknown> = Promise.resolve()
    const take = async () => {
      // It waits for what the commit has, and the commit is about to wait for what it has.
      taken = foreign
        .query(`UPDATE tools SET description = 'Foreign.' WHERE name_key = 'first'`)
        .then(() => foreign.query('COMMIT'))
        .finally(() => foreign.release())
    }
    const attempts = await changeBoth(['first', 'second'], take, () => taken)
    await taken
    expect(attempts).toBe(2)
    expect(await currentRevision(database)).toBe(start + 1)
    const { rows } = await database.pool.query('SELECT DISTINCT description FROM tools')
    expect(rows).toEqual([{ description: 'Foreign.' }])
    await expectNothingOpen(database)
  })
})
