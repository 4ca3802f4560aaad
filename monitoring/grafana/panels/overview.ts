import { FAILURES, of, quantile } from '../expressions.ts'
import { stat } from '../panel.ts'

const operations = `sum(rate(${of('operations_total')}[$__rate_interval]))`
const failures = `sum(rate(${of('operation_errors_total', FAILURES)}[$__rate_interval]))`

/** Whether all is well, from far away. */
export const overview = [
  stat({
    title: 'Servers that are ready',
    description: 'Servers that say they should get traffic. Red: none is.',
    unit: 'none',
    queries: [[`sum(${of('ready')})`, 'ready']],
    alerts: ['NoneReady'],
    width: 3,
  }),
  stat({
    title: 'Operations',
    description: 'GraphQL operations a second, of all kinds.',
    unit: 'ops',
    queries: [[operations, 'operations']],
    width: 3,
  }),
  stat({
    title: 'Failed',
    description: 'The part of the operations that failed by fault of the server. What callers got wrong is not in it.',
    unit: 'percentunit',
    queries: [[`(${failures} or vector(0)) / ${operations}`, 'failed']],
    alerts: ['ErrorsAbove1Percent', 'ErrorsAbove5Percent'],
    width: 3,
  }),
  stat({
    title: '95th percentile of queries',
    description: 'Nineteen of twenty queries are answered within this time.',
    unit: 's',
    queries: [[quantile(0.95, 'operation_duration_seconds', '', 'type="query"'), 'p95']],
    alerts: ['QueriesAbove50ms', 'QueriesAbove100ms'],
    width: 3,
  }),
  stat({
    title: 'Found in memory',
    description: 'The part of all look-ups in caches that found what they wanted.',
    unit: 'percentunit',
    queries: [
      [
        `sum(rate(${of('cache_hits_total')}[$__rate_interval])) / (sum(rate(${of('cache_hits_total')}[$__rate_interval])) + sum(rate(${of('cache_misses_total')}[$__rate_interval])))`,
        'hits',
      ],
    ],
    alerts: ['CacheHitRateBelow80', 'CacheHitRateBelow50'],
    width: 3,
  }),
  stat({
    title: 'Tools',
    description: 'Tools in the catalog, as the server that knows most of them counts.',
    unit: 'short',
    queries: [[`max(sum by (instance) (${of('tools')}))`, 'tools']],
    alerts: ['NoTools'],
    width: 3,
  }),
  stat({
    title: 'Revision',
    description: 'The newest revision that a server has read.',
    unit: 'none',
    queries: [[`max(${of('revision')})`, 'revision']],
    width: 3,
  }),
  stat({
    title: 'Subscribers',
    description: 'Subscriptions that are open, over websockets and event streams.',
    unit: 'short',
    queries: [[`sum(${of('subscribers')})`, 'subscribers']],
    width: 3,
  }),
]
