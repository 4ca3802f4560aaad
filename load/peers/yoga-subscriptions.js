import { createServer } from 'node:http'
import { useServer } from 'graphql-ws/use/ws'
import { createPubSub, createSchema, createYoga } from 'graphql-yoga'
import { WebSocketServer } from 'ws'
import { listen } from './listen.js'
import { createPrisma } from './prisma.js'

// A write that is published in the process, and subscribers that each execute their own operation for each event.
const prisma = createPrisma()
const pubSub = createPubSub()

const schema = createSchema({
  typeDefs: `
    type Query { revision: String! }
    type Mutation { setToolEnabled(tool: String!, enabled: Boolean!): String! }
    type Subscription { catalogChanges: ChangeSet! }
    type ChangeSet { revision: String! at: String! actor: String! source: String! message: String events: [ChangeEvent!]! }
    type ChangeEvent { kind: String! toolName: String! version: String latest: String }`,
  resolvers: {
    Query: { revision: () => '0' },
    Mutation: {
      setToolEnabled: async (_, { tool, enabled }) => {
        const { revision, updatedAt, name } = await prisma.tool.update({
          where: { nameKey: tool },
          data: { enabled, revision: { increment: 1 }, updatedAt: new Date() },
        })
        const change = { actor: 'bench', source: 'api', message: null, at: updatedAt.toISOString() }
        const event = {
          kind: enabled ? 'TOOL_ENABLED' : 'TOOL_DISABLED',
          toolName: name,
          version: null,
          latest: '1.0.0',
        }
        pubSub.publish('changed', { ...change, revision: revision.toString(), events: [event] })
        return revision.toString()
      },
    },
    Subscription: {
      catalogChanges: { subscribe: () => pubSub.subscribe('changed'), resolve: (change) => change },
    },
  },
})

const yoga = createYoga({ schema, graphiql: false, landingPage: false })
const http = createServer(yoga)
useServer(
  {
    execute: ({ rootValue, ...args }) => rootValue.execute(args),
    subscribe: ({ rootValue, ...args }) => rootValue.subscribe(args),
    onSubscribe: async ({ extra }, _, { operationName, query, variables }) => {
      const { request: req, socket } = extra
      const enveloped = yoga.getEnveloped({ req, socket, params: { operationName, query, variables } })
      const document = enveloped.parse(query)
      const args = {
        ...{ schema: enveloped.schema, operationName, document, variableValues: variables },
        contextValue: await enveloped.contextFactory(),
        rootValue: { execute: enveloped.execute, subscribe: enveloped.subscribe },
      }
      const errors = enveloped.validate(args.schema, args.document)
      return errors.length > 0 ? errors : args
    },
  },
  new WebSocketServer({ server: http, path: yoga.graphqlEndpoint }),
)
listen(http)
