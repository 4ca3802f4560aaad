import {
  ApiKeyNameTakenError,
  ApiKeyNotFoundError,
  type ApiKeyRow,
  createApiKey,
  readApiKeys,
  revokeApiKey,
  stateOfApiKey,
} from '../auth/api-keys.ts'
import type { CredentialRole } from '../auth/viewer.ts'
import { InvalidInputError } from '../catalog/errors.ts'
import { builder } from './builder.ts'
import { renewSnapshot } from './context.ts'
import { enumValues } from './enums.ts'
import { ErrorInterface } from './errors.ts'
import { storable } from './mutation.ts'
import { countRejections } from './rejections.ts'

const CREDENTIAL_ROLE_DESCRIPTIONS: Record<CredentialRole, string> = {
  reader: 'May read what is published.',
  editor: 'May also read drafts and change the catalog.',
  admin: 'May do everything.',
}

const ApiKeyRole = builder.enumType('ApiKeyRole', {
  description: 'What a key allows.',
  values: enumValues(CREDENTIAL_ROLE_DESCRIPTIONS),
})

const ApiKeyState = builder.enumType('ApiKeyState', {
  description: 'Whether a key opens anything.',
  values: {
    USABLE: { value: 'usable', description: 'It does.' },
    EXPIRED: { value: 'expired', description: 'Its time is over.' },
    REVOKED: { value: 'revoked', description: 'Somebody ended it.' },
  } as const,
})

const ApiKey = builder.objectRef<ApiKeyRow>('ApiKey').implement({
  description: 'A key that a program signs in with; the key itself is shown once and stored nowhere.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id, to revoke it by.' }),
    name: t.exposeString('name', { description: 'Name; the history calls its holder `key:<name>`.' }),
    role: t.field({ type: ApiKeyRole, description: 'What it allows.', resolve: ({ role }) => role }),
    prefix: t.exposeString('prefix', { description: 'First characters of the key, to recognise it by.' }),
    state: t.field({ type: ApiKeyState, description: 'Whether it opens anything.', resolve: stateOfApiKey }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: ({ createdAt }) => createdAt }),
    createdBy: t.exposeString('createdBy', { description: 'Who made it.' }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ends; null when it does not.',
      resolve: ({ expiresAt }) => expiresAt,
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute.',
      resolve: ({ lastUsedAt }) => lastUsedAt,
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked.',
      resolve: ({ revokedAt }) => revokedAt,
    }),
    revokedBy: t.string({ nullable: true, description: 'Who revoked it.', resolve: ({ revokedBy }) => revokedBy }),
  }),
})

builder.queryField('apiKeys', (t) =>
  t.field({
    type: [ApiKey],
    description: 'Every API key, newest first. Takes the role admin.',
    authScopes: { role: 'admin' },
    resolve: (_, __, { reader }) => readApiKeys(reader),
  }),
)

const interfaces = [ErrorInterface]

builder.objectType(ApiKeyNameTakenError, {
  name: 'ApiKeyNameTakenError',
  description: 'Another usable key has this name.',
  interfaces,
  fields: (t) => ({ takenName: t.exposeString('takenName', { description: 'The name.' }) }),
})

builder.objectType(ApiKeyNotFoundError, {
  name: 'ApiKeyNotFoundError',
  description: 'There is no such key.',
  interfaces,
  fields: (t) => ({ key: t.exposeString('nameOrId', { description: 'What was asked for.' }) }),
})

const CreateInput = builder.inputType('CreateApiKeyInput', {
  description: 'Input of `createApiKey`.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name, unique among the keys that are not revoked.' }),
    role: t.field({ type: ApiKeyRole, required: true, description: 'What it is to allow.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it is to end; never when left out.' }),
  }),
})

const CreateSuccess = builder.objectRef<{ key: string; row: ApiKeyRow }>('CreateApiKeySuccess').implement({
  description: 'What `createApiKey` answers when it succeeded.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The key, shown this once.' }),
    apiKey: t.field({ type: ApiKey, description: 'What is known of it from now on.', resolve: ({ row }) => row }),
  }),
})

const CREATE_ERRORS = [InvalidInputError, ApiKeyNameTakenError]

builder.mutationField('createApiKey', (t) =>
  t.field({
    type: CreateSuccess,
    description:
      'Make an API key. Names are unique, so that a retry after a lost answer makes no second key: revoke the lost one, and make another.',
    authScopes: { role: 'admin' },
    errors: {
      types: CREATE_ERRORS,
      directResult: true,
      union: { name: 'CreateApiKeyResult', description: 'What `createApiKey` can answer.' },
    },
    args: { input: t.arg({ type: CreateInput, required: true, description: 'What to make.' }) },
    resolve: (_, { input }, context) =>
      countRejections('createApiKey', CREATE_ERRORS, context, async () => {
        const { database, viewer } = context
        await renewSnapshot(context)
        return createApiKey(database, { ...input, createdBy: viewer.actor })
      }),
  }),
)

const RevokeInput = builder.inputType('RevokeApiKeyInput', {
  description: 'Input of `revokeApiKey`.',
  fields: (t) => ({ key: t.string({ required: true, description: 'Name or id of the key.' }) }),
})

const RevokeSuccess = builder.objectRef<ApiKeyRow>('RevokeApiKeySuccess').implement({
  description: 'What `revokeApiKey` answers when it succeeded.',
  fields: (t) => ({ apiKey: t.field({ type: ApiKey, description: 'The key.', resolve: (row) => row }) }),
})

const REVOKE_ERRORS = [InvalidInputError, ApiKeyNotFoundError]

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    type: RevokeSuccess,
    description: 'End an API key for ever: within 5 seconds nothing opens with it, and what it has open is closed.',
    authScopes: { role: 'admin' },
    errors: {
      types: REVOKE_ERRORS,
      directResult: true,
      union: { name: 'RevokeApiKeyResult', description: 'What `revokeApiKey` can answer.' },
    },
    args: { input: t.arg({ type: RevokeInput, required: true, description: 'Which key.' }) },
    resolve: (_, { input }, context) =>
      countRejections('revokeApiKey', REVOKE_ERRORS, context, async () => {
        const { database, viewer } = context
        storable(input)
        await renewSnapshot(context)
        return revokeApiKey(database, input.key, viewer.actor)
      }),
  }),
)
