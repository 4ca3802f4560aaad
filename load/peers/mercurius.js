import Fastify from 'fastify'
import mercurius from 'mercurius'
import { ready } from './listen.js'
import { schema } from './schema.js'

const app = Fastify()
app.register(mercurius, { schema, graphiql: false, jit: 1 })
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
ready()
