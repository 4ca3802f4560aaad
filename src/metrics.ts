/** What a metric is called, what it says, and what it is told apart by. */
export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram, in seconds. */
  readonly buckets?: readonly number[]
}

/** Before every name below. */
export const PREFIX = 'tool_catalog_'

/** They resolve what an answer may take, 1 to 100 ms. */
const OF_ANSWERS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 1, 5]
/** From a look-up by key to the statement timeout. */
const OF_STATEMENTS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15]
const OF_RELOADS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60]
const OF_DELIVERIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30]

const counter = (help: string, ...labels: string[]): Metric => ({ type: 'counter', help, labels })
const gauge = (help: string, ...labels: string[]): Metric => ({ type: 'gauge', help, labels })
const histogram = (help: string, buckets: readonly number[], ...labels: string[]): Metric => ({
  type: 'histogram',
  help,
  labels,
  buckets,
})

/**
 * Every metric of the server's own. Beside them `/metrics` has those of the process and of Node.js that prom-client gives.
 * The values of every label are bounded: either they are words of ours, or what comes beyond the room is `other`.
 */
export const METRICS = {
  http_requests_total: counter(
    'HTTP requests that were answered, by route and status; 499 when the caller went before the answer.',
    'route',
    'status',
  ),
  http_request_duration_seconds: histogram(
    'From the head of a request to the end of its answer. Event streams are not among them.',
    OF_ANSWERS,
    'route',
  ),
  operations_total: counter(
    'GraphQL operations: requests that were answered, and subscriptions that began or were refused. The operation is `anonymous` without a name, and `other` behind the first 200 names; the type is `unknown` when it was refused before its document was read.',
    'operation',
    'type',
    'outcome',
  ),
  operation_duration_seconds: histogram(
    'How long operations took; of a subscription, how long it took to begin.',
    OF_ANSWERS,
    'operation',
    'type',
  ),
  operation_errors_total: counter('Answers to operations with an error, by the code of the first one.', 'code'),
  mutation_rejections_total: counter(
    'Mutations that answered one of the errors of their result union.',
    'mutation',
    'code',
  ),
  cache_hits_total: counter('Times that a cache had what was wanted.', 'cache'),
  cache_misses_total: counter('Times that a cache did not have what was wanted.', 'cache'),
  cache_evictions_total: counter('Entries that made room for others, or became too old.', 'cache'),
  cache_entries: gauge('Entries in a cache.', 'cache'),
  cache_bytes: gauge('Size of what is in a cache, as estimated.', 'cache'),
  cache_limit_bytes: gauge('The size that a cache may have.', 'cache'),
  database_query_duration_seconds: histogram(
    'How long statements took on a connection of the pool: those that read rows, those that write them, and others (BEGIN, COMMIT, …).',
    OF_STATEMENTS,
    'kind',
  ),
  database_errors_total: counter(
    'Statements and connections that failed, by the class of their SQLSTATE (its first two characters), or `connection`.',
    'code',
  ),
  database_pool_connections: gauge('Connections of the pool that are open.', 'state'),
  database_pool_limit: gauge('Connections that the pool may open.'),
  database_pool_waiting: gauge('Who waits for a connection of the pool.'),
  database_pool_wait_seconds: histogram('How long they waited until they got one.', OF_STATEMENTS),
  reloads_total: counter('Reloads that have ended.', 'trigger', 'outcome'),
  reload_duration_seconds: histogram('How long reloads took.', OF_RELOADS, 'trigger'),
  reload_last_success_timestamp_seconds: gauge(
    'When the last reload of files ended well, with or without a change; 0 before the first.',
  ),
  reload_last_failure_timestamp_seconds: gauge('When the last reload of files failed; 0 before the first.'),
  reload_pending_since_timestamp_seconds: gauge(
    'Since when there is something to reload that was not reloaded yet; 0 when there is nothing.',
  ),
  tools: gauge(
    'Tools that are not deleted, by platform (the 50 with most tools, the rest is `other`) and status.',
    'platform',
    'status',
  ),
  revision: gauge('The revision of the catalog that this process has read.'),
  feed_lag_seconds: gauge(
    'For how long the log of changes has not been read to its end, beyond the second between two reads.',
  ),
  feed_lag_revisions: gauge('Revisions that this process has heard of and not read yet.'),
  feed_following: gauge('1 while the log of changes can be read.'),
  ready: gauge(
    '1 while this process should get traffic: the catalog is loaded and followed, and nobody stops the process.',
  ),
  subscribers: gauge('Subscriptions that are open.', 'transport'),
  subscriptions_closed_total: counter('Subscriptions that have ended, by the reason.', 'reason'),
  deliveries_total: counter('Items that were sent to subscribers.'),
  delivery_lag_seconds: histogram(
    'From the commit of a revision to the socket of a subscriber, by the clocks of database and server; only of what was committed while the subscriber was there.',
    OF_DELIVERIES,
  ),
  subscriber_behind_max_revisions: gauge('How far behind the subscriber is that is furthest behind.'),
  imports_total: counter('Imports through the API that have ended.', 'outcome'),
  imported_tools_total: counter('Definitions that imports through the API have created or updated.'),
  rate_limited_total: counter('Requests, websockets and messages that were refused because of a limit.', 'limit'),
  auth_failures_total: counter('Callers that were refused for their credential, or for having none.', 'reason'),
  build_info: gauge(
    '1, with the versions of the server and of Node.js, and the kind of its database.',
    'version',
    'node',
    'database',
  ),
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof METRICS
