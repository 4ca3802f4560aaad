import { createServer } from 'node:http'
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer'
import { expressMiddleware } from '@as-integrations/express5'
import cors from 'cors'
import express from 'express'
import { listen } from './listen.js'
import { schema } from './schema.js'

const app = express()
const http = createServer(app)
const server = new ApolloServer({ schema, plugins: [ApolloServerPluginDrainHttpServer({ httpServer: http })] })
await server.start()
app.use('/graphql', cors(), express.json(), expressMiddleware(server))
listen(http)
