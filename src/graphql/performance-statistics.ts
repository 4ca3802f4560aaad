import type { CacheFigures } from '../performance/cache-figures.ts'
import { type PoolFigures, poolFigures } from '../performance/database-figures.ts'
import type { OperationFigures } from '../performance/operation-timings.ts'
import type { ProcessFigures } from '../performance/process-watch.ts'
import { builder } from './builder.ts'

/** Sizes and counts are floats: an Int of GraphQL ends at 2 GiB. */
const ProcessStatistics = builder.objectRef<ProcessFigures>('ProcessStatistics').implement({
  description: 'What the process that answers uses.',
  fields: (t) => ({
    rssBytes: t.exposeFloat('rssBytes', { description: 'Memory that is resident.' }),
    heapUsedBytes: t.exposeFloat('heapUsedBytes', { description: 'JavaScript heap in use.' }),
    cpuUserSeconds: t.exposeFloat('cpuUserSeconds', { description: 'CPU time in the program, since the start.' }),
    cpuSystemSeconds: t.exposeFloat('cpuSystemSeconds', { description: 'CPU time in the system, since the start.' }),
    eventLoopLagP50Ms: t.exposeFloat('eventLoopLagP50Ms', {
      description:
        'Half of the time, the event loop came to a timer at most so late, in milliseconds, since the start.',
    }),
    eventLoopLagP99Ms: t.exposeFloat('eventLoopLagP99Ms', {
      description:
        '99 % of the time, the event loop came to a timer at most so late, in milliseconds, since the start.',
    }),
    gcSeconds: t.exposeFloat('gcSeconds', { description: 'Time in garbage collections, since the start.' }),
    gcCount: t.exposeFloat('gcCount', { description: 'Garbage collections since the start.' }),
  }),
})

const PoolStatistics = builder.objectRef<PoolFigures>('PoolStatistics').implement({
  description: 'The connections of this process to the database.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'Connections that are open.' }),
    idle: t.exposeInt('idle', { description: 'Those of them that nobody uses.' }),
    waiting: t.exposeInt('waiting', { description: 'How many wait for one.' }),
    most: t.exposeInt('most', { description: 'Most that may be open.' }),
  }),
})

const CacheStatistics = builder.objectRef<CacheFigures>('CacheStatistics').implement({
  description: 'One cache of this process, since the start.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Which cache.' }),
    hits: t.exposeFloat('hits', { description: 'Times that it had what was wanted.' }),
    misses: t.exposeFloat('misses', { description: 'Times that it had not.' }),
    evictions: t.exposeFloat('evictions', { description: 'Entries that made room for others, or became too old.' }),
    entries: t.exposeFloat('entries', { description: 'Entries in it.' }),
    bytes: t.exposeFloat('bytes', { description: 'Their size, as estimated.' }),
    mostBytes: t.exposeFloat('mostBytes', { description: 'The size that it may have.' }),
  }),
})

const atMost = (percent: number) => `${percent} % of them took at most so long, in milliseconds; exact to 1 %.`

const OperationStatistics = builder.objectRef<OperationFigures>('OperationStatistics').implement({
  description: 'The HTTP requests with operations of one name, since the start. Streams are not among them.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description:
        'Name of the operation, cut to 100 characters. `(unnamed)` are those without one, `(other)` those with a name behind the first 200.',
    }),
    count: t.exposeFloat('count', { description: 'Requests that were answered.' }),
    errors: t.exposeFloat('errors', { description: 'Answers whose first error has a code.' }),
    p50Ms: t.exposeFloat('p50Ms', { description: atMost(50) }),
    p95Ms: t.exposeFloat('p95Ms', { description: atMost(95) }),
    p99Ms: t.exposeFloat('p99Ms', { description: atMost(99) }),
  }),
})

/** When the figures were asked for. */
export const PerformanceStatistics = builder.objectRef<{ readonly at: Date }>('PerformanceStatistics').implement({
  description: 'What the process that answers, and its database, do. Other replicas have figures of their own.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When they were taken.', resolve: ({ at }) => at }),
    uptimeSeconds: t.float({ description: 'How long the process runs.', resolve: () => process.uptime() }),
    process: t.field({
      type: ProcessStatistics,
      description: 'What the process uses.',
      resolve: (_, __, { performance }) => performance.process.figures(),
    }),
    pool: t.field({
      type: PoolStatistics,
      description: 'Its connections to the database.',
      resolve: (_, __, { database }) => poolFigures(database.pool),
    }),
    caches: t.field({
      type: [CacheStatistics],
      description: 'Its caches.',
      resolve: (_, __, { performance }) => [...performance.caches()],
    }),
    operations: t.field({
      type: [OperationStatistics],
      description: 'How long operations took, those that came most often first.',
      resolve: (_, __, { performance }) => performance.operations.figures(),
    }),
  }),
})

builder.queryField('performanceStatistics', (t) =>
  t.field({
    type: PerformanceStatistics,
    description: 'What the process that answers, and its database, do. Takes the role admin.',
    authScopes: { role: 'admin' },
    resolve: (_, __, context) => {
      context.isCacheable = false
      return { at: new Date() }
    },
  }),
)
