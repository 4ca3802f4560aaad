import fc from 'fast-check'
import { execute, getOperationAST, parse, specifiedRules, validate } from 'graphql'
import { pino } from 'pino'
import { beforeAll, expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { CatalogCache } from '../../src/catalog/catalog-cache.ts'
import { createLoaders } from '../../src/catalog/loaders.ts'
import { ChangeFeed } from '../../src/changes/feed.ts'
import type { Database } from '../../src/db/database.ts'
import { Snapshot } from '../../src/db/snapshot.ts'
import type { Context } from '../../src/graphql/context.ts'
import { schema } from '../../src/graphql/schema.ts'
import { PreparedOperation } from '../../src/http/prepared-operation.ts'
import { TextMemory } from '../../src/http/text-memory.ts'
import { closeLater, openTestDatabase } from '../support/database.ts'
import { aDefinition, aPattern, importAll } from '../support/fixtures.ts'
import { NOTHING_REMEMBERED } from '../support/forgetful.ts'
import { randomQuery } from './random-query.ts'

const NO_LIMITS = {
  MAX_QUERY_TOKENS: 100_000,
  MAX_QUERY_ALIASES: 1_000,
  MAX_QUERY_DIRECTIVES: 1_000,
  MAX_QUERY_DEPTH: 100,
  MAX_QUERY_COST: 1e9,
}

/** A random query need not use everything that it could. */
const RULES = specifiedRules.filter((rule) => !rule.name.startsWith('NoUnused'))

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
  const odd = { time_estimate_ms: 7, limitations: ['"quoted"\n', 'ünïcode ✓ \u2028'], output_schema: { a: [1, null] } }
  await importAll(database, [
    aDefinition({ tool_name: 'grep' }),
    aDefinition({ tool_name: 'grep', version: '2.0.0', description: 'Print lines.', status: 'deprecated' }),
    aDefinition({
      tool_name: 'curl',
      enabled: false,
      dependencies: [{ name: 'openssl', type: 'package', required: true }],
      examples: [{ name: 'get', expected_time_ms: 1.5, inputs: { url: 'x' } }],
      capabilities: {
        none: { description: 'Empty.' },
        text_search: { description: 'd', patterns: { p: aPattern(odd) } },
      },
    }),
    aDefinition({ tool_name: 'plain', capabilities: {} }),
  ])
})

const viewer: Viewer = { role: 'reader', actor: 'anonymous', via: 'anonymous', keyId: undefined, expiresAt: undefined }

/** With everything from the database, or with what the process remembers. */
async function inContext<T>(cached: CatalogCache | undefined, work: (context: Context) => T | Promise<T>): Promise<T> {
  const reader = new Snapshot(database, { sees: 'published', pinnedTo: cached?.place, memory: cached?.lists })
  try {
    // What no query of these tests asks for is left out.
    const context = { reader, loaders: createLoaders(reader, cached), viewer, cache: cached ?? NOTHING_REMEMBERED }
    return await work(context as unknown as Context)
  } finally {
    await reader.end()
  }
}

function prepare(query: string) {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('There is one operation')
  expect(validate(schema, document, RULES).map(({ message }) => message)).toEqual([])
  const memory = new TextMemory(1e7)
  return new PreparedOperation({ schema, document, operation, limits: NO_LIMITS, memory })
}

/** A cache that has followed the log to where it is. */
async function followed(): Promise<CatalogCache> {
  const feed = new ChangeFeed(() => database, pino({ level: 'silent' }))
  const cache = new CatalogCache(feed, { tools: 1_000, bytes: 1e8 })
  await feed.start()
  cache.tools.start(database)
  closeLater(async () => {
    await cache.tools.stop()
    await feed.stop()
  })
  await expect.poll(() => cache.tools.at(cache.place)?.size, { timeout: 20_000 }).toBe(3)
  return cache
}

test('whatever is asked, it is answered as graphql-js answers it, to the letter', async () => {
  const cache = await followed()
  const values = fc.record({
    name: fc.constantFrom('grep', 'CURL', 'plain', 'none'),
    first: fc.integer({ min: 1, max: 3 }),
    yes: fc.boolean(),
    no: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(randomQuery, values, values, async (query, ...someVariables) => {
      const document = parse(query)
      const operation = prepare(query)
      for (const variableValues of someVariables) {
        const expected = await inContext(undefined, (contextValue) =>
          execute({ schema, document, variableValues, contextValue }),
        )
        expect(expected.errors).toBeUndefined()
        // With the cache, rows are the same objects the second time, and their texts are remembered.
        for (const cached of [undefined, cache, cache]) {
          const text = await inContext(cached, (context) => operation.prepare(variableValues)(context))
          expect(text).toBe(JSON.stringify(expected.data))
        }
      }
    }),
    { numRuns: 150 },
  )
})
