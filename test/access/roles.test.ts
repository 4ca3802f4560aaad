import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OperationTypeNode } from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import { serialise } from '../../src/definition/serialise.ts'
import { startTestApp } from '../support/app.ts'
import { closeLater } from '../support/database.ts'
import { aDefinition } from '../support/fixtures.ts'
import { seed } from '../support/seed.ts'
import { type Ask, type Asker, askersOf, fingerprint, type Told } from './asking.ts'
import { operationFor, rootFields, type Values } from './operations.ts'

const { QUERY, MUTATION, SUBSCRIPTION } = OperationTypeNode
const KINDS = [QUERY, MUTATION, SUBSCRIPTION]
const RANKS: Record<Asker, number> = { anonymous: 1, reader: 1, editor: 2, admin: 3 }
const ASKERS = Object.keys(RANKS) as Asker[]

/** What each root field takes. A field that is not here fails the first test: say who may use it. */
type Needed = 'reader' | 'editor' | 'admin'
const NEEDED: Record<string, Needed> = Object.fromEntries<Needed>([
  ...list('reader', QUERY, 'node nodes tool tools searchTools toolVersions capability capabilities patterns'),
  ...list('reader', QUERY, 'catalogStatistics catalogState changeSets exportTools validateDefinition toolDiff viewer'),
  ...list('reader', QUERY, 'executionStatistics reloads reloadStatistics'),
  ...list('admin', QUERY, 'apiKeys performanceStatistics'),
  ...list('editor', MUTATION, 'createTool updateTool setToolEnabled deleteTool restoreTool rollbackTool'),
  ...list('editor', MUTATION, 'publishVersion updateDraft setVersionStatus importTools applyDefinitions'),
  ...list('editor', MUTATION, 'recordExecutions reloadCatalog'),
  ...list('editor', MUTATION, 'addCapability updateCapability removeCapability addPattern updatePattern removePattern'),
  ...list('admin', MUTATION, 'overwriteVersion createApiKey revokeApiKey'),
  ...list('reader', SUBSCRIPTION, 'catalogChanges reloads'),
])

function list(role: Needed, kind: string, names: string): (readonly [string, Needed])[] {
  return names.split(' ').map((name) => [`${kind}.${name}`, role])
}

/** What each mutation must be given to do something. Names that several have the same use for are in COMMON. */
const COMMON: Values = { tool: 'grep', version: '2.0.0', capability: 'text_search', pattern: 'search_files' }
const EFFECTIVE: Record<string, Values> = {
  createTool: { text: serialise(aDefinition({ tool_name: 'fresh' }), 'yaml') },
  importTools: { text: serialise(aDefinition({ tool_name: 'fresh' }), 'yaml') },
  applyDefinitions: { text: serialise(aDefinition({ tool_name: 'fresh' }), 'yaml') },
  updateTool: { name: 'fresh', description: 'New.' },
  setToolEnabled: { enabled: false },
  restoreTool: { tool: 'gone' },
  rollbackTool: { toVersion: '0.9.0' },
  updateDraft: { copyOf: '1.0.0', version: '3.0.0' },
  setVersionStatus: { version: '0.9.0', status: 'DEPRECATED' },
  overwriteVersion: { text: serialise(aDefinition({ description: 'New.' }), 'yaml') },
  addCapability: { name: 'fresh' },
  updateCapability: { name: 'fresh' },
  addPattern: { name: 'fresh', description: 'New.' },
  updatePattern: { name: 'fresh' },
  recordExecutions: { actualMs: 5 },
  reloadCatalog: { tool: 'watched' },
  createApiKey: { name: 'fresh', role: 'READER' },
  revokeApiKey: { key: 'victim' },
}

let ask: Record<Asker, Ask>
let state: () => Promise<string>
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-roles-'))
  closeLater(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'watched.yaml'), serialise(aDefinition({ tool_name: 'watched' }), 'yaml'))
  const app = await startTestApp({ WATCH_DIR: folder })
  const documents = ['1.0.0', '0.9.0'].map((version) => aDefinition({ version }))
  await seed(app.config, [...documents, aDefinition({ version: '2.0.0', status: 'draft' })])
  await seed(app.config, [aDefinition({ tool_name: 'gone' })])
  ask = await askersOf(app)
  await ask.admin('mutation { deleteTool(input: { tool: "gone" }) { __typename } }')
  await ask.admin('mutation { createApiKey(input: { name: "victim", role: READER }) { __typename } }')
  state = await fingerprint(app.config)
})

const fields = KINDS.flatMap((kind) => rootFields(kind).map((field) => ({ kind, field, name: field.name })))

test('every field of Query, Mutation and Subscription has its place in the table of who may use it', () => {
  expect(Object.keys(NEEDED).sort()).toEqual(fields.map(({ kind, name }) => `${kind}.${name}`).sort())
})

const isAllowed = (asker: Asker, kind: string, name: string) =>
  RANKS[asker] >= RANKS[NEEDED[`${kind}.${name}`] ?? 'admin']

describe.each(ASKERS)('%s', (asker) => {
  test.each(KINDS)('is answered as the table says for every %s', async (kind) => {
    const wrong: unknown[] = []
    for (const field of rootFields(kind)) {
      const { query, variables } = operationFor(kind, field, { dryRun: true })
      const told = await ask[asker](query, variables)
      const verdict = verdictOf(told)
      const expected = isAllowed(asker, kind, field.name) ? 'answered' : refusalOf(asker)
      if (verdict !== expected) wrong.push({ field: field.name, expected, verdict, told })
    }
    expect(wrong).toEqual([])
  })
})

/** What is answered has nothing but the field in it; what is refused has nothing at all of it. */
function verdictOf({ status, body: { data, errors } }: Told): string {
  if (status === 200 && errors === undefined && data && 'answer' in data) return 'answered'
  const [error, another] = errors ?? []
  const code = error?.extensions?.code
  return status === 200 && !another && (data ?? null) === null ? String(code) : `half answered: ${String(code)}`
}

/** Whoever has not signed in is told to, and whoever has is told that it does not reach. */
const refusalOf = (asker: Asker) => (asker === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN')

describe('a refused mutation', () => {
  const mutations = fields.filter(({ kind }) => kind === MUTATION)
  const effective = (name: string) => ({ ...COMMON, ...EFFECTIVE[name] })

  test.each(mutations)('$name has changed nothing', async ({ field, name }) => {
    const { query, variables } = operationFor(MUTATION, field, effective(name))
    const before = await state()
    const refused = ASKERS.filter((asker) => !isAllowed(asker, MUTATION, name))
    expect(refused).toContain('reader')
    for (const asker of refused) expect(verdictOf(await ask[asker](query, variables))).toBe(refusalOf(asker))
    expect(await state()).toBe(before)
  })

  test.each(mutations)('$name would have changed something: it does for who may', async ({ field, name }) => {
    const before = await state()
    const hasDryRun = !['createApiKey', 'revokeApiKey'].includes(name)
    const { query, variables } = operationFor(MUTATION, field, {
      ...effective(name),
      ...(hasDryRun && { dryRun: true }),
    })
    const typename = `${name.charAt(0).toUpperCase()}${name.slice(1)}Success`
    const { body } = await ask.admin(query, variables)
    expect(body).toMatchObject({ data: { answer: { __typename: typename } } })
    if (hasDryRun) expect(await state()).toBe(before)
    else expect(await state()).not.toBe(before)
  })
})

describe('an editor is refused what takes an admin in an argument', () => {
  const text = serialise(aDefinition({ description: 'New.' }), 'yaml')
  test.each([
    ['importTools', { text, onConflict: 'OVERWRITE' }],
    ['importTools', { text, overrideCompatibility: true }],
    ['applyDefinitions', { files: [{ path: 'grep.yaml', text }], onConflict: 'OVERWRITE' }],
    ['applyDefinitions', { files: [{ path: 'grep.yaml', text }], overrideCompatibility: true }],
    ['publishVersion', { tool: 'grep', version: '2.0.0', overrideCompatibility: true }],
  ])('%s %o', async (name, input) => {
    const before = await state()
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`
    const told = await ask.editor(`mutation ($input: ${type}) { ${name}(input: $input) { __typename } }`, { input })
    expect(verdictOf(told)).toBe('FORBIDDEN')
    expect(await state()).toBe(before)
  })
})

test('a server whose anonymous role is none answers nothing to a caller without a credential, not even __typename', async () => {
  const app = await startTestApp({ ANONYMOUS_ROLE: 'none' })
  const { anonymous, reader } = await askersOf(app)
  const typenames = KINDS.map((kind) => ({ query: `${kind} { __typename }`, variables: {} }))
  const schema = { query: '{ __schema { queryType { name } } }', variables: {} }
  for (const { query, variables } of [
    ...typenames,
    schema,
    ...fields.map(({ kind, field }) => operationFor(kind, field, { dryRun: true })),
  ]) {
    const told = await anonymous(query, variables)
    expect(told.status, query).toBe(401)
    expect(told.body, query).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }],
    })
  }
  expect((await reader('{ __typename }')).body).toMatchObject({ data: { __typename: 'Query' } })
})
