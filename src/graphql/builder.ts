import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { GraphQLError } from 'graphql'
import { hasRole, type Role } from '../auth/viewer.ts'
import type { Json } from '../definition/json.ts'
import type { Context } from './context.ts'

/** Plugins, scalars and the context's type. Types, fields and rules live in the noun files beside this one. */
export const builder = new SchemaBuilder<{
  Context: Context
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Connection: { totalCount(): Promise<number> }
  AuthScopes: { role: Role }
  Scalars: {
    ID: { Input: string; Output: string }
    Revision: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    JSON: { Input: Json; Output: Json }
  }
}>({
  plugins: [ErrorsPlugin, ScopeAuthPlugin, RelayPlugin],
  defaultFieldNullability: false,
  errors: {},
  scopeAuth: {
    authScopes: ({ viewer }) => ({ role: (needed) => hasRole(viewer, needed) }),
    unauthorizedError: (_, { viewer }) => refuse(viewer),
  },
  relay: {
    clientMutationId: 'omit',
    cursorType: 'String',
    edgesFieldOptions: { nullable: { list: false, items: false } },
    nodeFieldOptions: { nullable: false },
    nodesOnConnection: { description: 'The objects of the page, without their cursors.' },
  },
})

/** Whoever has not signed in is told to; whoever has is told that it does not reach. */
function refuse({ via }: Context['viewer']): GraphQLError {
  return via === 'anonymous'
    ? new GraphQLError('Sign in to do this: send an API key or a token.', { extensions: { code: 'UNAUTHENTICATED' } })
    : new GraphQLError('Your role does not allow this.', { extensions: { code: 'FORBIDDEN' } })
}

builder.mutationType({
  description:
    'Everything that can be changed. One mutation is one transaction and at most one revision, whole or not at all. What can go wrong is a member of its result; what the credential does not allow is an error of the request.',
})

builder.queryType({
  description: 'Everything that can be read. One answer is of one revision: see `extensions.revision`.',
})

builder.globalConnectionField('totalCount', (t) =>
  t.int({
    description: 'How many there are in all, before paging. Costs a count only when it is asked for.',
    resolve: (connection) => connection.totalCount(),
  }),
)
