import { builder } from './builder.ts'

builder.subscriptionType({
  description: 'Everything that can be followed: over websockets (graphql-transport-ws) and server-sent events.',
})

builder.subscriptionField('currentRevision', (t) =>
  t.field({
    type: 'Revision',
    description: "The catalog's revision: at once, and again whenever it has moved.",
    subscribe: (_, __, { feed }) => feed.listen(),
    resolve: (revision) => revision,
  }),
)
