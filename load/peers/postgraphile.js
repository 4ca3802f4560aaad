import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { jsonPgSmartTags } from 'postgraphile/utils'
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter'
import { listen } from './listen.js'

const attributes = (behavior, ...names) => ({
  attribute: Object.fromEntries(names.map((name) => [name, { tags: { behavior } }])),
})

// What the mix filters and sorts by without an index of its own, which the preset would leave out.
const tags = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      tools: attributes(['+filterBy'], 'enabled', 'deleted_at'),
      capabilities: attributes(['+orderBy'], 'position'),
      patterns: attributes(['+orderBy'], 'position'),
    },
  },
})

const serv = postgraphile({
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  plugins: [tags],
  // Readers only: no mutations to build.
  schema: { defaultBehavior: '-insert -update -delete', connectionFilterComputedColumns: false },
  grafserv: { graphiql: false, watch: false },
  grafast: { explain: false },
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ['public', 'peers'],
      poolConfig: { max: 10 },
    }),
  ],
}).createServ(grafserv)

const server = createServer()
server.once('error', (error) => {
  console.error(error)
  process.exit(1)
})
await serv.addTo(server)
await serv.ready()
listen(server)
