import type pg from 'pg'
import { setToolEnabled } from '../../src/catalog/tool-state.ts'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/database.ts'

// Child of the concurrent edits' tests: one write, whose process ends itself as `kill -9` would, right before its COMMIT
// is sent or right after the database has answered it. Whatever it prints, it has outlived that.
const [environment = '{}', moment = 'after', clientMutationId = 'id'] = process.argv.slice(2)
const database = await openDatabase(readConfig(JSON.parse(environment)))

const endHere = () => process.kill(process.pid, 'SIGKILL')
const textOf = (query: unknown) => (typeof query === 'string' ? query : (query as { text?: string })?.text)

database.pool.on('connect', (client: pg.PoolClient) => {
  const query = client.query.bind(client) as (...parameters: unknown[]) => Promise<unknown>
  const killing = async (...parameters: unknown[]) => {
    const isCommit = textOf(parameters[0]) === 'COMMIT'
    if (isCommit && moment === 'before') endHere()
    const result = await query(...parameters)
    if (isCommit) endHere()
    return result
  }
  // Nobody here uses the forms of `query` that take a callback or give a stream.
  client.query = killing as typeof client.query
})

const viewer = { actor: 'key:editor', role: 'editor' as const }
const once = { clientMutationId, request: 'disable' }
const context = { database, viewer, requestId: 'request', compatibility: 'none' } as const
const { revision } = await setToolEnabled(context, { tool: 'shared', enabled: false }, { once })
process.stdout.write(`${revision}\n`)
