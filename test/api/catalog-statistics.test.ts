import { beforeAll, expect, test } from 'vitest'
import { execute } from '../support/client.ts'
import { besideApp, startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'

const FIGURES = 'revision computedAt tools enabledTools versions capabilities toolsByStatus { status count }'
/** Behind a change, 1 s passes; the rest is for a busy machine. */
const SOON = { timeout: 15_000, interval: 50 }

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

async function ask(arguments_ = '', role: 'reader' | 'editor' = 'editor') {
  const query = `{ catalogStatistics${arguments_} { ${FIGURES} } }`
  const { data, errors, extensions } = await execute(catalog.url, query, {}, catalog.roles[role])
  expect(errors).toBeUndefined()
  return { revision: extensions?.revision, figures: data.catalogStatistics }
}

test('exact figures are those of the revision that the answer is of, right after a write', async () => {
  const { revision: written } = await catalog.create({ tool_name: 'exact' })
  const { revision, figures } = await ask('(exact: true)')
  expect(figures).toMatchObject({ revision, tools: 1, versions: 1, capabilities: 1 })
  expect(Number(revision)).toBeGreaterThanOrEqual(Number(written))
})

test('the other figures follow each write, and say of which revision they are and when they were counted', async () => {
  const started = Date.now()
  const { revision: written } = await catalog.create({ tool_name: 'follows' })
  const known = new Map<string, object>()
  await expect
    .poll(async () => {
      const { figures } = await ask()
      const { revision, ...rest } = figures
      // Of one revision there are one set of figures.
      expect(known.get(revision) ?? rest).toEqual(rest)
      known.set(revision, rest)
      return revision
    }, SOON)
    .toBe(written)
  const { figures } = await ask()
  expect(figures).toMatchObject({ tools: 2, versions: 2, toolsByStatus: [{ status: 'ACTIVE', count: 2 }] })
  // The clock is the database's, which may be on another machine.
  expect(Date.parse(figures.computedAt)).toBeGreaterThan(started - 5_000)
  expect(Date.parse(figures.computedAt)).toBeLessThan(Date.now() + 5_000)
})

test('a reader is not told of drafts, an editor is', async () => {
  await catalog.create({ tool_name: 'secret', status: 'draft' })
  const { revision } = await catalog.create({ tool_name: 'public' })
  await expect.poll(async () => (await ask()).figures.revision, SOON).toBe(revision)
  const [reader, editor] = [(await ask('', 'reader')).figures, (await ask('', 'editor')).figures]
  expect(editor.tools - reader.tools).toBe(1)
  expect(reader.toolsByStatus.map(({ status }: { status: string }) => status)).toEqual(['ACTIVE'])
  for (const [figures, role] of [
    [reader, 'reader'],
    [editor, 'editor'],
  ] as const)
    expect((await ask('(exact: true)', role)).figures).toMatchObject({ ...figures, computedAt: expect.any(String) })
})

// The last one: what it breaks stays broken.
test('figures that cannot be refreshed are those of an older revision for a while, and are counted then', async () => {
  const { revision: before } = await ask('(exact: true)')
  await expect.poll(async () => (await ask()).figures.revision, SOON).toBe(before)
  await besideApp(catalog.config, ({ pool }) => pool.query('DROP INDEX catalog_statistics_sees_key'))
  const { figures: old } = await ask()
  await catalog.create({ tool_name: 'unseen' })
  const behind = await ask()
  expect(behind.figures).toEqual(old)
  expect(behind.figures.revision).toBe(before)
  expect(behind.revision).not.toBe(before)
  await besideApp(catalog.config, async ({ pool }) => {
    await pool.query('ALTER TABLE change_sets DISABLE TRIGGER USER')
    await pool.query("UPDATE change_sets SET at = at - interval '11 seconds'")
  })
  const { revision, figures } = await ask()
  expect(figures).toMatchObject({ revision, tools: old.tools + 1 })
})
