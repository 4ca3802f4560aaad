import SchemaBuilder from '@pothos/core'
import RelayPlugin from '@pothos/plugin-relay'
import type { Json } from '../definition/json.ts'
import type { Context } from './context.ts'

/** Plugins, scalars and the context's type. Types, fields and rules live in the noun files beside this one. */
export const builder = new SchemaBuilder<{
  Context: Context
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Connection: { totalCount(): Promise<number> }
  Scalars: {
    ID: { Input: string; Output: string }
    Revision: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    JSON: { Input: Json; Output: Json }
  }
}>({
  plugins: [RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    clientMutationId: 'omit',
    cursorType: 'String',
    edgesFieldOptions: { nullable: { list: false, items: false } },
    nodeFieldOptions: { nullable: false },
    nodesOnConnection: { description: 'The objects of the page, without their cursors.' },
  },
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
