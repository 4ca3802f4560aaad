import { beforeAll, expect, test } from 'vitest'
import { besideApp, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'
import { prepareTool, SAMPLES_BY_NAME } from './every-mutation.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

/** What is stored of the published versions of a tool, to the letter. */
function published(tool: string): Promise<Record<string, string>[]> {
  return besideApp(catalog.config, async ({ pool }) => {
    const { rows } = await pool.query(
      `SELECT v.id, v.version, v.digest, v.definition::text AS definition,
         (SELECT string_agg(c::text || coalesce(p::text, ''), '|' ORDER BY c.position, p.position)
          FROM capabilities c LEFT JOIN patterns p ON p.capability_id = c.id WHERE c.version_id = v.id) AS parts
       FROM tools t JOIN tool_versions v ON v.tool_id = t.id
       WHERE t.name_key = $1 AND v.version IN ('1.0.0', '1.1.0') ORDER BY v.version`,
      [tool],
    )
    return rows
  })
}

const HARMLESS = SAMPLES_BY_NAME.filter(([name]) => name !== 'overwriteVersion')

test.each(HARMLESS)('%s leaves published versions as they are, to the letter', async (name, sample) => {
  const tool = `kept-${name.toLowerCase()}`
  await prepareTool(catalog, tool, sample)
  const before = await published(tool)
  expect(before).toHaveLength(2)
  await catalog.done(name, sample.input(tool))
  expect(await published(tool)).toEqual(before)
})

test('only overwriteVersion changes one, and only the one it names', async () => {
  await prepareTool(catalog, 'written-over')
  const [first, second] = await published('written-over')
  const sample = SAMPLES_BY_NAME.find(([name]) => name === 'overwriteVersion')?.[1]
  await catalog.done('overwriteVersion', sample?.input('written-over') ?? {}, '', catalog.roles.admin)
  const [changed, same] = await published('written-over')
  expect(same).toEqual(second)
  expect(changed).toMatchObject({ id: first?.id, version: '1.0.0' })
  expect(changed?.digest).not.toBe(first?.digest)
})
