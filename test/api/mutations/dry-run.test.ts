import { beforeAll, expect, test } from 'vitest'
import { schema } from '../../../src/graphql/schema.ts'
import { execute } from '../../support/client.ts'
import { aDefinition } from '../../support/fixtures.ts'
import {
  asText,
  besideApp,
  contents,
  mutationText,
  startTestCatalog,
  type TestCatalog,
} from '../../support/test-catalog.ts'
import { prepareTool, SAMPLES, SAMPLES_BY_NAME } from './every-mutation.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const stored = () => contents(catalog.config)

test('every mutation that writes the catalog is tried here', () => {
  const all = Object.keys(schema.getMutationType()?.getFields() ?? {})
  // Those of keys write no catalog; a reload reads files, and is tried in test/reload.
  const written = all.filter((name) => !['createApiKey', 'revokeApiKey', 'reloadCatalog'].includes(name))
  expect(SAMPLES.map(({ name }) => name).sort()).toEqual(written.sort())
})

test.each(SAMPLES_BY_NAME)(
  'a dry run of %s answers what the real one does, and stores nothing',
  async (name, sample) => {
    const tool = `dry-${name.toLowerCase()}`
    await prepareTool(catalog, tool, sample)
    const before = await stored()
    const headers = catalog.roles[sample.takesAdmin ? 'admin' : 'editor']
    const select = name === 'importTools' ? '... on ImportToolsSuccess { results { tool version outcome } }' : ''
    const forecast = await catalog.done(name, { ...sample.input(tool), dryRun: true }, select, headers)
    expect(await stored()).toEqual(before)
    const real = await catalog.done(name, sample.input(tool), select, headers)
    expect(forecast.dryRun).toBe(true)
    expect(real).toEqual({ ...forecast, dryRun: false, revision: real.revision })
    const isChange = name !== 'recordExecutions'
    expect(Number(real.revision) - Number(forecast.revision)).toBe(isChange ? 1 : 0)
    expect(await stored()).not.toEqual(before)
  },
)

/** A rule of the database's own that none of the checks before it knows. */
async function forbid(table: string, check: string): Promise<void> {
  await besideApp(catalog.config, ({ pool }) =>
    pool.query(`ALTER TABLE ${table} ADD CONSTRAINT test_${table} CHECK (${check})`),
  )
}

test('a dry run comes as far as the checks of the database', async () => {
  await forbid('patterns', "name <> 'impossible'")
  const definition = aDefinition({
    tool_name: 'checked',
    capabilities: { text_search: { description: 'Find text.', patterns: { impossible: { description: 'No.' } } } },
  })
  await catalog.create({ tool_name: 'checked-draft' })
  await catalog.done('updateDraft', { tool: 'checked-draft', copyOf: '1.0.0', version: '2.0.0' })
  const attempts = [
    ['createTool', { definition: asText(definition) }],
    ['importTools', asText(definition)],
    [
      'addPattern',
      { tool: 'checked-draft', version: '2.0.0', capability: 'text_search', pattern: { name: 'impossible' } },
    ],
  ] as const
  const before = await stored()
  for (const [name, input] of attempts) {
    const answer = await execute(
      catalog.url,
      mutationText(name),
      { input: { ...input, dryRun: true } },
      catalog.roles.editor,
    )
    expect(answer.errors?.[0]?.extensions?.code, name).toBe('INTERNAL_SERVER_ERROR')
  }
  expect(await stored()).toEqual(before)
})

test('a dry run comes as far as the checks that the database leaves to the end', async () => {
  await besideApp(catalog.config, ({ pool }) =>
    pool.query(`
      CREATE FUNCTION test_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'refused at the end' USING ERRCODE = 'check_violation'; END $$;
      CREATE CONSTRAINT TRIGGER test_late AFTER INSERT ON tools DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.name = 'too-late') EXECUTE FUNCTION test_refuse()`),
  )
  const input = { definition: asText(aDefinition({ tool_name: 'too-late' })), dryRun: true }
  const answer = await execute(catalog.url, mutationText('createTool'), { input }, catalog.roles.editor)
  expect(answer.errors?.[0]?.extensions?.code).toBe('INTERNAL_SERVER_ERROR')
})

test('a dry run refuses what the real one would', async () => {
  await catalog.create({ tool_name: 'taken' })
  const definition = asText(aDefinition({ tool_name: 'Taken' }))
  await catalog.refused('createTool', { definition, dryRun: true }, 'NameTakenError')
  await catalog.refused('importTools', { text: 'tool_name: x\n', dryRun: true }, 'InvalidInputError')
  await catalog.refused(
    'importTools',
    { ...asText(aDefinition({ tool_name: 'any' })), expectedRevision: '0', dryRun: true },
    'RevisionConflictError',
  )
})

test('a dry run leaves the id of a mutation unused', async () => {
  const input = { definition: asText(aDefinition({ tool_name: 'tried-first' })), clientMutationId: 'tried-first' }
  await catalog.done('createTool', { ...input, dryRun: true })
  expect(await catalog.done('createTool', input)).toMatchObject({ dryRun: false, changes: [{ kind: 'TOOL_CREATED' }] })
})

test('what a dry run answers of the tool is what is stored', async () => {
  await catalog.create({ tool_name: 'as-stored' })
  const answer = await catalog.done(
    'setToolEnabled',
    { tool: 'as-stored', enabled: false, dryRun: true },
    '... on SetToolEnabledSuccess { tool { enabled } }',
  )
  expect(answer.tool).toEqual({ enabled: true })
  const created = await catalog.done(
    'createTool',
    { definition: asText(aDefinition({ tool_name: 'not-there' })), dryRun: true },
    '... on CreateToolSuccess { tool { name } version { version } }',
  )
  expect(created).toMatchObject({ tool: null, version: null })
})
