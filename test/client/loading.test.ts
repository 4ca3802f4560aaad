import { beforeAll, expect, test } from 'vitest'
import { readDefinition } from '../../src/definition/definition.ts'
import { aDefinition, aPattern } from '../support/fixtures.ts'
import { seed } from '../support/seed.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { load, soon } from './loaded.ts'
import { compare, tokenOf } from './real-catalog.ts'

let catalog: TestCatalog
let token: string

const COUNT = 1_000
const number = (index: number) => String(index).padStart(4, '0')

beforeAll(async () => {
  // A page of a hundred definitions is a tenth of what a reader may ask for.
  catalog = await startTestCatalog({ MAX_QUERY_COST: '5200', MAX_QUERY_ALIASES: '15', MAX_QUERY_TOKENS: '1000' })
  token = tokenOf(catalog.roles.reader)
  const tools = Array.from({ length: COUNT }, (_, index) => aDefinition({ tool_name: `Tool-${number(index)}` }))
  await seed(catalog.config, [
    ...tools,
    aDefinition({ tool_name: 'off', enabled: false }),
    aDefinition({ tool_name: 'unborn', status: 'draft' }),
    aDefinition({ tool_name: 'many', version: '1.0.0' }),
    aDefinition({
      tool_name: 'many',
      version: '2.0.0',
      capabilities: [{ capability_name: 'Text_Search', patterns: [{ pattern_name: 'p', ...aPattern() }] }],
    }),
  ])
})

test('a thousand tools are loaded within the limits of a reader, each as the catalog has it', async () => {
  const { profiles } = await load({ url: catalog.url, token })
  expect(profiles.all()).toHaveLength(COUNT + 1)
  const { served, held } = await compare(catalog, profiles)
  expect(held).toEqual(served)
  const names = profiles.all().map(({ name }) => name.toLowerCase())
  expect(names).toEqual(names.toSorted())
})

test('a profile is the definition read for use, beside the document as written', async () => {
  const { profiles } = await load({ url: catalog.url, token })
  const profile = profiles.get('tool-0007')
  expect(profile).toMatchObject({ name: 'Tool-0007', version: '1.0.0', status: 'active', enabled: true })
  expect(profile?.document).toEqual(aDefinition({ tool_name: 'Tool-0007' }))
  expect(profile?.definition).toEqual(readDefinition(aDefinition({ tool_name: 'Tool-0007' })))
})

test('nobody can change what everybody shares', async () => {
  const { profiles } = await load({ url: catalog.url, token })
  const profile = profiles.get('Tool-0001')
  const shared = [profiles.all(), profiles.byCapability('text_search'), profile, profile?.definition.capabilities[0]]
  for (const value of [...shared, profile?.document.capabilities, profile?.definition.capabilities[0]?.patterns[0]])
    expect(Object.isFrozen(value)).toBe(true)
  expect(() => (profiles.all() as unknown[]).pop()).toThrow(TypeError)
})

test('a disabled tool is known by its name and is in no list; a draft is not known to a reader', async () => {
  const { profiles } = await load({ url: catalog.url, token })
  expect(profiles.get('OFF')?.enabled).toBe(false)
  expect(profiles.all().some(({ name }) => name === 'off')).toBe(false)
  expect(profiles.byCapability('text_search').some(({ name }) => name === 'off')).toBe(false)
  expect(profiles.get('unborn')).toBeUndefined()
})

test('capabilities are compared as the catalog compares them', async () => {
  const { profiles } = await load({ url: catalog.url, token })
  expect(profiles.byCapability('TEXT_SEARCH')).toHaveLength(COUNT + 1)
  expect(profiles.byCapability('text_search')).toBe(profiles.byCapability('Text_search'))
  expect(profiles.byCapability('juggling')).toEqual([])
})

test('an editor does not get drafts either: they are not served', async () => {
  const { profiles } = await load({ url: catalog.url, token: tokenOf(catalog.roles.editor) })
  expect(profiles.get('unborn')).toBeUndefined()
})

test('another version is asked for once, and is then in memory', async () => {
  let requests = 0
  const { profiles } = await load({
    url: catalog.url,
    token: () => {
      requests++
      return token
    },
  })
  await soon(() => requests).toBeGreaterThan(11)
  const before = requests
  const asked = await Promise.all([profiles.get('many', '1.0.0'), profiles.get('MANY', '1.0.0')])
  expect(asked.map((profile) => profile?.version)).toEqual(['1.0.0', '1.0.0'])
  expect(await profiles.get('many', '1.0.0')).toBe(asked[0])
  expect(requests).toBe(before + 1)
  expect(await profiles.get('many', '2.0.0')).toBe(profiles.get('many'))
  expect(requests).toBe(before + 1)
  expect(await profiles.get('many', '7.0.0')).toBeUndefined()
  expect(await profiles.get('none', '1.0.0')).toBeUndefined()
})

test('only so many versions are kept', async () => {
  let requests = 0
  const counted = () => {
    requests++
    return token
  }
  const { profiles } = await load({ url: catalog.url, token: counted, maxVersions: 1 })
  await soon(() => profiles.status).toBe('ready')
  await catalog.create({ tool_name: 'kept', version: '1.0.0' })
  const { revision } = await catalog.publish({ tool_name: 'kept', version: '2.0.0' })
  // Not until the tool is at 2.0.0: it may be so already with the first change, and the second makes its versions forgotten.
  await soon(() => profiles.revision).toBe(revision)
  const first = await profiles.get('many', '1.0.0')
  await profiles.get('kept', '1.0.0')
  const before = requests
  expect(await profiles.get('many', '1.0.0')).not.toBe(first)
  expect(requests).toBe(before + 1)
})

test('more tools than may be held are an error that says what to do', async () => {
  const { config } = catalog
  const tooMany = load({ url: catalog.url, token, maxTools: COUNT })
  await expect(tooMany).rejects.toMatchObject({ code: 'NOTHING_TO_SERVE', cause: { code: 'TOO_MANY_TOOLS' } })
  const { profiles } = await load({ url: catalog.url, token, maxTools: COUNT + 10 })
  const held = profiles.all().length
  await seed(
    config,
    Array.from({ length: 9 }, (_, index) => aDefinition({ tool_name: `more-${index}` })),
  )
  await soon(() => profiles.status).toBe('error')
  expect(profiles.statusReason).toContain('maxTools')
  expect(profiles.all()).toHaveLength(held)
})
