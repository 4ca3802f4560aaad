import { beforeAll, expect, test } from 'vitest'
import { execute, expectData } from '../../support/client.ts'
import { bearer } from '../../support/keys.ts'
import { startTestCatalog, type TestCatalog } from '../../support/test-catalog.ts'

let catalog: TestCatalog
beforeAll(async () => {
  catalog = await startTestCatalog()
})

const CREATE = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename
  ... on CreateApiKeySuccess { key apiKey { id name role prefix state createdBy expiresAt lastUsedAt revokedAt revokedBy } }
  ... on ApiKeyNameTakenError { takenName } ... on Error { code message } } }`
const REVOKE = `mutation ($key: String!) { revokeApiKey(input: { key: $key }) { __typename
  ... on RevokeApiKeySuccess { apiKey { id name state revokedAt revokedBy } }
  ... on ApiKeyNotFoundError { key } ... on Error { code message } } }`

async function create(name: string, fields: object = {}) {
  const input = { name, role: 'EDITOR', ...fields }
  return (await expectData(catalog.url, CREATE, { input }, catalog.roles.admin)).createApiKey
}

async function revoke(key: string) {
  return (await expectData(catalog.url, REVOKE, { key }, catalog.roles.admin)).revokeApiKey
}

const whoIs = (key: string) => execute(catalog.url, '{ viewer { actor role } }', {}, bearer(key))

test('a key opens what its role allows, and is shown this once', async () => {
  const { key, apiKey } = await create('pipeline-7')
  expect(apiKey).toMatchObject({
    name: 'pipeline-7',
    role: 'EDITOR',
    state: 'USABLE',
    createdBy: 'key:the admin',
    expiresAt: null,
    revokedAt: null,
  })
  expect(key.startsWith(apiKey.prefix)).toBe(true)
  expect((await whoIs(key)).data.viewer).toEqual({ actor: 'key:pipeline-7', role: 'EDITOR' })
  const { apiKeys } = await expectData(catalog.url, '{ apiKeys { name prefix } }', {}, catalog.roles.admin)
  expect(apiKeys).toContainEqual({ name: 'pipeline-7', prefix: apiKey.prefix })
  expect(JSON.stringify(apiKeys)).not.toContain(key)
})

test('a key may end by itself', async () => {
  // Behind what a busy machine takes to make the key and to use it.
  const soon = new Date(Date.now() + 4_000).toISOString()
  const { key } = await create('short-lived', { expiresAt: soon })
  expect((await whoIs(key)).status).toBe(200)
  await expect.poll(async () => (await whoIs(key)).status, { timeout: 15_000, interval: 200 }).toBe(401)
})

test('a name is taken for as long as its key is not revoked', async () => {
  await create('unique')
  expect(await create('unique')).toMatchObject({
    __typename: 'ApiKeyNameTakenError',
    code: 'API_KEY_NAME_TAKEN',
    takenName: 'unique',
  })
  await revoke('unique')
  expect((await create('unique')).__typename).toBe('CreateApiKeySuccess')
})

test.each([
  ['an empty name', '', {}],
  ['a name with a line break', 'a\nb', {}],
  ['a name that looks like an id', '00000000-0000-4000-8000-000000000000', {}],
  ['a name that is too long', 'x'.repeat(101), {}],
  ['an end in the past', 'over', { expiresAt: '2020-01-01T00:00:00Z' }],
])('%s is refused', async (_, name, fields) => {
  expect(await create(name, fields)).toMatchObject({ __typename: 'InvalidInputError', code: 'INVALID_INPUT' })
})

test.each(['id', 'name'] as const)('a key that is revoked by its %s opens nothing any more', async (by) => {
  const { key, apiKey } = await create(`revoked-by-${by}`)
  expect((await whoIs(key)).status).toBe(200)
  const answer = await revoke(apiKey[by])
  expect(answer.apiKey).toMatchObject({ id: apiKey.id, state: 'REVOKED', revokedBy: 'key:the admin' })
  await expect.poll(async () => (await whoIs(key)).status, { timeout: 8_000, interval: 200 }).toBe(401)
})

test('of a key that is revoked again the first time stays', async () => {
  await create('revoked-twice')
  const first = await revoke('revoked-twice')
  expect(await revoke('revoked-twice')).toEqual(first)
})

test('a key that is not there is named, and what cannot be a name is refused', async () => {
  for (const key of ['nobody', '00000000-0000-4000-8000-000000000000'])
    expect(await revoke(key)).toMatchObject({ __typename: 'ApiKeyNotFoundError', code: 'API_KEY_NOT_FOUND', key })
  expect(await revoke('a\u0000b')).toMatchObject({ __typename: 'InvalidInputError' })
})

test.each([
  ['reader', 'createApiKey(input: { name: "mine", role: ADMIN }) { __typename }'],
  ['editor', 'createApiKey(input: { name: "mine", role: ADMIN }) { __typename }'],
  ['editor', 'revokeApiKey(input: { key: "the admin" }) { __typename }'],
] as const)('a %s may not: %s', async (role, field) => {
  const answer = await execute(catalog.url, `mutation { ${field} }`, {}, catalog.roles[role])
  expect(answer.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  const { apiKeys } = await expectData(catalog.url, '{ apiKeys { name state } }', {}, catalog.roles.admin)
  expect(apiKeys.filter(({ name }: { name: string }) => name === 'mine')).toEqual([])
  expect(apiKeys).toContainEqual({ name: 'the admin', state: 'USABLE' })
})

test('a key is made in the same operation as a change that was read back', async () => {
  await catalog.create({ tool_name: 'read-back' })
  const text = `mutation {
    a: setToolEnabled(input: { tool: "read-back", enabled: false }) { ... on SetToolEnabledSuccess { tool { enabled } } }
    b: createApiKey(input: { name: "in-the-same", role: READER }) { __typename }
    c: revokeApiKey(input: { key: "in-the-same" }) { __typename } }`
  expect(await expectData(catalog.url, text, {}, catalog.roles.admin)).toEqual({
    a: { tool: { enabled: false } },
    b: { __typename: 'CreateApiKeySuccess' },
    c: { __typename: 'RevokeApiKeySuccess' },
  })
})
