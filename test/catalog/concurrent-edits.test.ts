import { beforeAll, describe, expect, test } from 'vitest'
import type { WriteContext } from '../../src/catalog/change-tool.ts'
import { createTool } from '../../src/catalog/create-tool.ts'
import { updateDraft } from '../../src/catalog/drafts.ts'
import { NameTakenError, RevisionConflictError } from '../../src/catalog/errors.ts'
import { recordExecutions } from '../../src/catalog/executions.ts'
import { importDefinitions, prepareItem } from '../../src/catalog/import.ts'
import { restoreTool } from '../../src/catalog/restore-tool.ts'
import { deleteTool, setToolEnabled } from '../../src/catalog/tool-state.ts'
import { updateTool } from '../../src/catalog/update-tool.ts'
import { verifyChain } from '../../src/changes/verify.ts'
import type { Database } from '../../src/db/database.ts'
import { isServer, openTestDatabase } from '../support/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'
import { expectNothingOpen } from './sessions.ts'
import { currentRevision } from './stored.ts'

const contextOf = (database: Database, actor = 'key:editor'): WriteContext => {
  return { database, viewer: { actor, role: 'editor' }, requestId: 'request', compatibility: 'none' }
}

interface Attempt {
  readonly expected: number
  /** The revision that it made; undefined when somebody else was faster. */
  readonly made: number | undefined
  /** The revision that the loser was told. */
  readonly current: number | undefined
}

/** Editors who toggle one tool as often as they can, each going on from the last revision that it heard of. */
async function edit(database: Database, editors: number, attempts: number, start: number): Promise<Attempt[]> {
  const tried: Attempt[] = []
  let left = attempts
  const editor = async (_: unknown, index: number) => {
    const context = contextOf(database, `key:editor-${index}`)
    let seen = start
    while (left-- > 0) {
      const expected = seen
      // It is enabled at the first revision, and every success toggles it.
      const change = { tool: 'shared', enabled: (expected - start) % 2 === 1 }
      const attempt = await setToolEnabled(context, change, { expectedRevision: String(expected) }).then(
        ({ revision }) => ({ expected, made: Number(revision), current: undefined }),
        (error: unknown) => {
          if (!(error instanceof RevisionConflictError)) throw error
          expect(error.expectedRevision).toBe(String(expected))
          return { expected, made: undefined, current: Number(error.currentRevision) }
        },
      )
      tried.push(attempt)
      seen = attempt.made ?? attempt.current ?? seen
    }
  }
  await Promise.all(Array.from({ length: editors }, editor))
  return tried
}

const [EDITORS, ATTEMPTS] = isServer() ? [50, 10_000] : [20, 300]

test(`${EDITORS} editors of one tool, ${ATTEMPTS} attempts: each success is one revision, each loser is told the current one`, async () => {
  const database = await openTestDatabase()
  await importAll(database, [aDefinition({ tool_name: 'shared' }), aDefinition({ tool_name: 'other' })])
  const start = await currentRevision(database)
  const tried = await edit(database, EDITORS, ATTEMPTS, start)
  const made = tried.flatMap((attempt) => attempt.made ?? []).sort((a, b) => a - b)
  expect(tried).toHaveLength(ATTEMPTS)
  expect(made).toEqual(Array.from({ length: made.length }, (_, index) => start + 1 + index))
  expect(made.length).toBeGreaterThan(ATTEMPTS / EDITORS / 2)
  expect(await currentRevision(database)).toBe(start + made.length)
  const losers = tried.filter((attempt) => attempt.made === undefined)
  expect(losers.length).toBeGreaterThan(ATTEMPTS / 10)
  expect(losers.filter(({ expected, current = 0 }) => current <= expected || current > start + made.length)).toEqual([])
  // Whoever won had seen the revision right before: nobody wrote over a change it did not know.
  expect(tried.filter((attempt) => attempt.made !== undefined && attempt.made !== attempt.expected + 1)).toEqual([])
  const { rows } = await database.pool.query(
    `SELECT array_agg(kind ORDER BY revision) AS kinds, count(DISTINCT revision)::int AS revisions FROM change_events WHERE revision > $1`,
    [start],
  )
  expect(rows[0].revisions).toBe(made.length)
  expect(rows[0].kinds).toEqual(made.map((_, index) => (index % 2 === 0 ? 'ToolDisabled' : 'ToolEnabled')))
  expect((await verifyChain(database)).firstBad).toBeUndefined()
  await expectNothingOpen(database)
}, 600_000)

type Once = { readonly clientMutationId: string; readonly request: string }
type Write = (context: WriteContext, tool: (name: string) => string, once: Once) => Promise<unknown>

/** Writes that a second run would do again, or would refuse, because of what the first has done. */
const WRITES: readonly [name: string, revisions: number, write: Write][] = [
  ['setToolEnabled', 1, (to, tool, once) => setToolEnabled(to, { tool: tool('shared'), enabled: false }, { once })],
  [
    'updateDraft',
    1,
    (to, tool, once) => updateDraft(to, { tool: tool('shared'), copyOf: '1.0.0', version: '2.0.0' }, { once }),
  ],
  [
    'updateTool',
    1,
    (to, tool, once) => updateTool(to, { tool: tool('shared'), name: tool('renamed'), fields: {} }, { once }),
  ],
  [
    'createTool',
    1,
    (to, tool, once) => createTool(to, { document: aDefinition({ tool_name: tool('created') }) }, { once }),
  ],
  [
    'an expected revision',
    1,
    async (to, tool, once) => {
      const change = { tool: tool('expected'), enabled: false }
      return setToolEnabled(to, change, { once, expectedRevision: await revisionAtFirst(to.database, change.tool) })
    },
  ],
  ['deleteTool', 1, (to, tool, once) => deleteTool(to, { tool: tool('shared') }, { once })],
  ['restoreTool', 1, (to, tool, once) => restoreTool(to, { tool: tool('gone') }, { once })],
  [
    'an import',
    1,
    ({ database }, tool, once) => {
      const items = [prepareItem('item', aDefinition({ tool_name: tool('imported') }))]
      return importDefinitions(database, { actor: 'key:editor', source: 'import' }, items, {
        onConflict: 'fail',
        single: { once },
      })
    },
  ],
  [
    'recordExecutions',
    0,
    (to, tool, once) => {
      const which = { tool: tool('shared'), capability: 'text_search', pattern: 'search_files' }
      return recordExecutions(to, [{ ...which, actualMs: 5, success: true, variables: {} }], { once })
    },
  ],
]

/** What every caller has seen who asks for the first time, or asks again: the revision of the import. */
async function revisionAtFirst({ pool }: Database, tool: string): Promise<string> {
  const { rows } = await pool.query('SELECT min(revision)::text AS revision FROM change_events WHERE tool_name = $1', [
    tool,
  ])
  return rows[0].revision
}

const CALLERS = isServer() ? 20 : 6
const ROUNDS = isServer() ? 5 : 1

describe(`${CALLERS} callers with one clientMutationId at once: it happens once, and all get one answer`, () => {
  let database: Database
  beforeAll(async () => {
    database = await openTestDatabase()
  })

  test.each(WRITES)('%s', async (name, revisions, write) => {
    const context = contextOf(database)
    for (let round = 0; round < ROUNDS; round++) {
      const tool = (known: string) => `${known}-${name.replaceAll(' ', '-')}-${round}`
      await importAll(
        database,
        ['shared', 'expected', 'gone'].map((known) => aDefinition({ tool_name: tool(known) })),
      )
      await deleteTool(context, { tool: tool('gone') }, {})
      const start = await currentRevision(database)
      const { rows: before } = await database.pool.query('SELECT count(*)::int AS runs FROM executions')
      const call = () => write(context, tool, { clientMutationId: tool(name), request: 'request' })
      const answers = await Promise.allSettled(Array.from({ length: CALLERS }, call))
      expect(answers.flatMap((answer) => (answer.status === 'rejected' ? [String(answer.reason)] : []))).toEqual([])
      const [first, ...others] = answers.map((answer) => (answer as PromiseFulfilledResult<unknown>).value)
      expect(others).toEqual(others.map(() => first))
      expect(await call()).toEqual(first)
      expect(await currentRevision(database)).toBe(start + revisions)
      const { rows: after } = await database.pool.query('SELECT count(*)::int AS runs FROM executions')
      expect(after[0].runs - before[0].runs).toBe(1 - revisions)
    }
    await expectNothingOpen(database)
  })
})

test('two restorations of one tool at once are one change: the second finds nothing deleted', async () => {
  const database = await openTestDatabase()
  const context = contextOf(database)
  await importAll(database, [aDefinition({ tool_name: 'shared' })])
  for (let round = 0; round < (isServer() ? 10 : 2); round++) {
    await deleteTool(context, { tool: 'shared' }, {})
    const start = await currentRevision(database)
    const restored = await Promise.allSettled([1, 2, 3, 4].map(() => restoreTool(context, { tool: 'shared' }, {})))
    expect(restored.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await currentRevision(database)).toBe(start + 1)
  }
})

test('a tool that is made while another one of its name is restored: one of them has the name', async () => {
  const database = await openTestDatabase()
  const context = contextOf(database)
  for (let round = 0; round < (isServer() ? 20 : 2); round++) {
    const document = aDefinition({ tool_name: `shared-${round}` })
    await importAll(database, [document])
    await deleteTool(context, { tool: `shared-${round}` }, {})
    const start = await currentRevision(database)
    const made = await Promise.allSettled([
      restoreTool(context, { tool: `shared-${round}` }, {}),
      createTool(context, { document }, {}),
    ])
    const refused = made.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
    expect(refused).toEqual([expect.any(NameTakenError)])
    expect(await currentRevision(database)).toBe(start + 1)
  }
})
