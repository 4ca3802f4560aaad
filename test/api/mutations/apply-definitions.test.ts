import { beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/definition/json.ts'
import { aDefinition, aPattern } from '../../support/fixtures.ts'
import { revisionOf, startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const ITEMS =
  'items { action tool version previous renamedFrom path detail differences { path before after breaking } }'
const SELECT = `... on ApplyDefinitionsSuccess { plan plannedAt ${ITEMS} } ... on ApplyRejectedError { ${ITEMS} }
  ... on InvalidInputError { problems { label code } }`

/** A source of this test's own, as its author changes it. */
function aSource(source: string) {
  const files = new Map<string, string>()
  const input = (extra: object) => ({ source, files: [...files].map(([path, text]) => ({ path, text })), ...extra })
  return {
    save: (path: string, fields: JsonObject) =>
      void files.set(
        path,
        JSON.stringify(aDefinition({ tool_name: `${source}-${path.replace(/\..*/, '')}`, ...fields })),
      ),
    write: (path: string, text: string) => void files.set(path, text),
    remove: (path: string) => void files.delete(path),
    plan: (extra: object = {}) => catalog.done('applyDefinitions', input({ dryRun: true, ...extra }), SELECT),
    apply: (extra: object = {}, headers?: Record<string, string>) =>
      catalog.done('applyDefinitions', input(extra), SELECT, headers),
    refused: (error: string, extra: object = {}) =>
      catalog.mutate('applyDefinitions', input(extra), SELECT).then((answer) => {
        expect(answer.__typename, JSON.stringify(answer)).toBe(error)
        return answer
      }),
  }
}

const actions = ({ items }: { items: { action: string; tool: string }[] }) =>
  items.map(({ action, tool }) => `${action} ${tool}`)
const toolOf = async (name: string) =>
  (
    await catalog.read(
      'query ($name: String!) { tool(name: $name) { id name latest { version } versions { totalCount } } }',
      { name },
    )
  ).tool

test('a plan changes nothing, and what is applied is exactly the plan, in one revision', async () => {
  const source = aSource('plan')
  source.save('a.json', {})
  source.save('b.json', {})
  const before = await revisionOf(catalog)
  const plan = await source.plan()
  expect(actions(plan)).toEqual(['CREATE plan-a', 'CREATE plan-b'])
  expect(plan.plannedAt).toBe(before)
  expect(await revisionOf(catalog)).toBe(before)
  const applied = await source.apply({ expectedPlan: plan.plan, expectedRevision: plan.plannedAt, message: 'why' })
  expect(applied).toMatchObject({ items: plan.items, plan: plan.plan, revision: String(Number(before) + 1) })
  const { changeSets } = await catalog.read('{ changeSets(first: 1) { nodes { message source eventCount } } }')
  expect(changeSets.nodes[0]).toEqual({ message: 'why', source: 'IMPORT', eventCount: 2 })
  expect(actions(await source.plan())).toEqual(['UNCHANGED plan-a', 'UNCHANGED plan-b'])
  expect((await source.apply()).revision).toBe(applied.revision)
})

test('a changed file is the next version, with what it breaks; and put back, its first version is served again', async () => {
  const source = aSource('change')
  source.save('a.json', {})
  await source.apply()
  source.save('a.json', { platform: 'windows' })
  const { items } = await source.plan()
  expect(items[0]).toMatchObject({
    action: 'CHANGE',
    version: '1.0.1',
    previous: '1.0.0',
    path: 'a.json',
    detail: 'new version 1.0.1',
  })
  expect(items[0].differences).toEqual([
    { path: 'platform', before: 'linux', after: 'windows', breaking: 'YES' },
    { path: 'version', before: '1.0.0', after: '1.0.1', breaking: 'NO' },
  ])
  await source.apply()
  expect(actions(await source.plan())).toEqual(['UNCHANGED change-a'])
  source.save('a.json', {})
  const back = await source.plan()
  expect(back.items[0]).toMatchObject({ action: 'CHANGE', previous: '1.0.1', detail: 'version 1.0.0 is served again' })
  await source.apply()
  expect(await toolOf('change-a')).toMatchObject({ latest: { version: '1.0.0' }, versions: { totalCount: 2 } })
})

test('a status that becomes deprecated is said as what it is', async () => {
  const source = aSource('deprecate')
  source.save('a.json', {})
  await source.apply()
  source.save('a.json', { status: 'deprecated' })
  const { items } = await source.plan()
  expect(items[0]).toMatchObject({ action: 'DEPRECATE', version: '1.0.0', detail: 'version 1.0.0 is deprecated' })
  expect(items[0].differences.map(({ path }: { path: string }) => path)).toEqual(['status'])
  expect((await source.apply()).changes).toMatchObject([{ kind: 'VERSION_STATUS_CHANGED' }])
})

test('what a source has brought is deleted only when pruning is asked for, and what others made never', async () => {
  const source = aSource('prune')
  await catalog.create({ tool_name: 'prune-theirs' })
  source.save('own.json', {})
  source.save('theirs.json', { description: 'Changed by the file.' })
  source.save('kept.json', {})
  await source.apply()
  source.remove('own.json')
  source.remove('theirs.json')
  expect(actions(await source.apply())).toEqual(['UNCHANGED prune-kept', 'LEAVE prune-own'])
  expect(actions(await source.plan({ prune: true }))).toEqual(['UNCHANGED prune-kept', 'PRUNE prune-own'])
  expect((await source.apply({ prune: true })).changes).toMatchObject([{ kind: 'TOOL_DELETED', toolName: 'prune-own' }])
  expect(await toolOf('prune-theirs')).not.toBeNull()
  expect(actions(await source.plan({ prune: true }))).toEqual(['UNCHANGED prune-kept'])
  source.remove('kept.json')
  expect((await source.refused('ApplyRejectedError', { prune: true })).message).toContain('There is no definition')
})

test('a file that moves in its folder keeps its tool', async () => {
  const source = aSource('move')
  source.save('a.json', {})
  await source.apply()
  source.remove('a.json')
  source.save('linux/b.json', { tool_name: 'move-a' })
  expect(actions(await source.apply({ prune: true }))).toEqual(['UNCHANGED move-a'])
  source.remove('linux/b.json')
  source.save('other.json', {})
  expect(actions(await source.plan({ prune: true }))).toEqual(['CREATE move-other', 'PRUNE move-a'])
})

test('a tool of one source is neither changed, renamed nor pruned by another one', async () => {
  const one = aSource('one')
  const two = aSource('two')
  one.save('a.json', {})
  await one.apply()
  two.save('a.json', { tool_name: 'one-a', description: 'Mine.' })
  const refused = await two.refused('ApplyRejectedError')
  expect(refused.items).toMatchObject([
    { action: 'REFUSE', detail: 'one-a belongs to the source one: change it there' },
  ])
  two.save('a.json', { renamed_from: 'one-a' })
  expect((await two.refused('ApplyRejectedError')).items).toMatchObject([{ action: 'REFUSE' }])
  two.save('a.json', {})
  expect(actions(await two.apply({ prune: true }))).toEqual(['CREATE two-a'])
  expect(await toolOf('one-a')).not.toBeNull()
})

test('renamed_from renames the tool with its versions, history and id; the hint may stay', async () => {
  const source = aSource('rename')
  source.save('old.json', {})
  await source.apply()
  const { id } = await toolOf('rename-old')
  source.remove('old.json')
  source.save('new.json', { renamed_from: 'rename-old' })
  const plan = await source.plan({ prune: true })
  expect(actions(plan)).toEqual(['RENAME rename-new'])
  expect(plan.items[0]).toMatchObject({
    renamedFrom: 'rename-old',
    differences: [{ path: 'tool_name', breaking: 'YES' }],
  })
  expect((await source.apply({ prune: true })).changes).toMatchObject([{ kind: 'TOOL_RENAMED' }])
  expect(await toolOf('rename-new')).toMatchObject({ id, versions: { totalCount: 1 } })
  expect(await toolOf('rename-old')).toBeNull()
  expect(actions(await source.plan({ prune: true }))).toEqual(['UNCHANGED rename-new'])
  source.save('new.json', { renamed_from: 'rename-old', version: '2.0.0' })
  expect((await source.apply({ prune: true })).items).toMatchObject([
    { action: 'CHANGE', version: '2.0.0', renamedFrom: null },
  ])
})

test('a tool that another file still defines is not renamed', async () => {
  const source = aSource('both')
  source.save('old.json', {})
  await source.apply()
  source.save('new.json', { renamed_from: 'both-old' })
  expect((await source.refused('ApplyRejectedError')).items).toMatchObject([
    { action: 'UNCHANGED' },
    { action: 'REFUSE', detail: 'both-old cannot become both-new: old.json still defines it' },
  ])
})

test('when the catalog has moved, or another plan would be carried out, nothing is applied', async () => {
  const source = aSource('moved')
  source.save('a.json', {})
  const plan = await source.plan()
  await catalog.create({ tool_name: 'moved-meanwhile' })
  const before = await revisionOf(catalog)
  const seen = { expectedRevision: plan.plannedAt, expectedPlan: plan.plan }
  expect((await source.refused('RevisionConflictError', seen)).message).toContain(`it is at ${before} by now`)
  source.save('b.json', {})
  expect((await source.refused('PlanOutdatedError', { expectedPlan: plan.plan })).code).toBe('PLAN_OUTDATED')
  expect(await revisionOf(catalog)).toBe(before)
})

test('one wrong or refused file, and nothing of the others is applied', async () => {
  const source = aSource('whole')
  source.save('a.json', {})
  source.write('bad.yaml', 'tool_name: bad\n')
  expect((await source.refused('InvalidInputError')).problems[0]).toMatchObject({
    label: 'bad.yaml',
    code: 'definition.version',
  })
  source.remove('bad.yaml')
  await catalog.create({ tool_name: 'whole-b' }, { compatibility: 'BACKWARD' })
  source.save('b.json', {
    version: '2.0.0',
    capabilities: { other: { description: 'X.', patterns: { other: aPattern() } } },
  })
  const { items } = await source.refused('ApplyRejectedError')
  expect(items).toMatchObject([
    { action: 'CREATE' },
    { action: 'REFUSE', detail: expect.stringContaining('Breaks those who use') },
  ])
  expect(await toolOf('whole-a')).toBeNull()
  await source.apply({ overrideCompatibility: true }, catalog.roles.admin)
  const { changeSets } = await catalog.read('{ changeSets(first: 1) { nodes { events { kind } } } }')
  expect(changeSets.nodes[0].events).toContainEqual({ kind: 'COMPATIBILITY_OVERRIDDEN' })
})

test('what people did through the API stays as long as the file does not say otherwise', async () => {
  const source = aSource('api')
  source.save('a.json', {})
  await source.apply()
  await catalog.done('setToolEnabled', { tool: 'api-a', enabled: false })
  expect(actions(await source.plan())).toEqual(['UNCHANGED api-a'])
  await catalog.publish({ tool_name: 'api-a', version: '1.1.0' })
  expect(actions(await source.apply())).toEqual(['UNCHANGED api-a'])
  expect(await toolOf('api-a')).toMatchObject({ latest: { version: '1.1.0' } })
  source.save('a.json', { enabled: true })
  expect((await source.plan()).items).toMatchObject([{ action: 'CHANGE', detail: 'enabled' }])
})
