import { of, perSecond, quantile } from '../expressions.ts'
import { graph } from '../panel.ts'

const DURATION = 'database_query_duration_seconds'

/** What goes to PostgreSQL, and over how many connections. */
export const database = [
  graph({
    title: 'Statements',
    description: 'Statements a second, by what they do, and those that failed by the class of their SQLSTATE.',
    unit: 'ops',
    queries: [
      [perSecond(`${DURATION}_count`, 'kind'), '{{kind}}'],
      [perSecond('database_errors_total', 'code'), 'failed: {{code}}'],
    ],
  }),
  graph({
    title: 'How long statements take',
    description: '95th percentile by what they do.',
    unit: 's',
    queries: [[quantile(0.95, DURATION, 'kind'), '{{kind}}']],
    alerts: ['SlowSql'],
  }),
  graph({
    title: 'Connections',
    description: 'Connections of the pool that are in use and idle, how many there may be, and who waits for one.',
    unit: 'short',
    queries: [
      [`sum by (state) (${of('database_pool_connections')})`, '{{state}}'],
      [`sum(${of('database_pool_limit')})`, 'limit'],
      [`sum(${of('database_pool_waiting')})`, 'waiting'],
    ],
  }),
  graph({
    title: 'Used part of the connections',
    description: 'Of each server. At 100 % requests begin to wait.',
    unit: 'percentunit',
    queries: [
      [
        `sum by (instance) (${of('database_pool_connections', 'state="in_use"')}) / sum by (instance) (${of('database_pool_limit')})`,
        '{{instance}}',
      ],
    ],
    alerts: ['PoolLow'],
    width: 12,
  }),
  graph({
    title: 'Waiting for a connection',
    description: '95th and 99th percentile of the time until a request got its connection.',
    unit: 's',
    queries: [
      [quantile(0.95, 'database_pool_wait_seconds'), 'p95'],
      [quantile(0.99, 'database_pool_wait_seconds'), 'p99'],
    ],
    width: 12,
  }),
]
