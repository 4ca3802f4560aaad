import { createServer } from 'node:http'
import { createYoga } from 'graphql-yoga'
import { listen } from './listen.js'
import { schema } from './schema.js'

listen(createServer(createYoga({ schema, graphiql: false, landingPage: false })))
