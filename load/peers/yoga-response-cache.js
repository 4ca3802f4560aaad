import { createServer } from 'node:http'
import { createInMemoryCache, useResponseCache } from '@graphql-yoga/plugin-response-cache'
import { createYoga } from 'graphql-yoga'
import { listen } from './listen.js'
import { schema } from './schema.js'

// One answer for everybody, because readers are anonymous; more room than by default (1,024 answers), so that all hit.
const cache = createInMemoryCache({ max: 20_000 })
listen(
  createServer(
    createYoga({
      schema,
      graphiql: false,
      landingPage: false,
      plugins: [useResponseCache({ session: () => null, cache })],
    }),
  ),
)
