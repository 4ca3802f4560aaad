import { perSecond, quantile } from '../expressions.ts'
import { graph } from '../panel.ts'

const DURATION = 'operation_duration_seconds'
const QUERIES = 'type="query"'

/** What is asked, how fast it is answered, and what goes wrong. */
export const requests = [
  graph({
    title: 'Operations by kind',
    description: 'Operations a second. `unknown` was refused before its document was read.',
    unit: 'ops',
    queries: [[perSecond('operations_total', 'type, outcome'), '{{type}} {{outcome}}']],
  }),
  graph({
    title: 'How long queries take',
    description: 'Median, 95th and 99th percentile over all queries.',
    unit: 's',
    queries: [
      [quantile(0.5, DURATION, '', QUERIES), 'p50'],
      [quantile(0.95, DURATION, '', QUERIES), 'p95'],
      [quantile(0.99, DURATION, '', QUERIES), 'p99'],
    ],
    alerts: ['QueriesAbove50ms', 'QueriesAbove100ms'],
  }),
  graph({
    title: 'Errors by code',
    description:
      'Answers with an error, a second, by the code of the first one. docs/operations.md says whose fault each is.',
    unit: 'ops',
    queries: [[perSecond('operation_errors_total', 'code'), '{{code}}']],
  }),
  graph({
    title: 'Operations by name',
    description: 'The ten names that are asked for most.',
    unit: 'ops',
    queries: [[`topk(10, ${perSecond('operations_total', 'operation')})`, '{{operation}}']],
  }),
  graph({
    title: 'The slowest operations',
    description: '95th percentile by name: the ten highest.',
    unit: 's',
    queries: [[`topk(10, ${quantile(0.95, DURATION, 'operation')})`, '{{operation}}']],
  }),
  graph({
    title: 'Mutations that were refused',
    description:
      'Mutations a second that answered an error of their union: conflicts, names that are taken, and so on.',
    unit: 'ops',
    queries: [[perSecond('mutation_rejections_total', 'mutation, code'), '{{mutation}} {{code}}']],
  }),
  graph({
    title: 'HTTP answers',
    description: 'Requests a second by route and status.',
    unit: 'ops',
    queries: [[perSecond('http_requests_total', 'route, status'), '{{route}} {{status}}']],
  }),
  graph({
    title: 'How long HTTP requests take',
    description: '95th percentile by route.',
    unit: 's',
    queries: [[quantile(0.95, 'http_request_duration_seconds', 'route'), '{{route}}']],
  }),
  graph({
    title: 'Turned away',
    description: 'Requests a second that were refused for a limit, or for a credential that is wrong or missing.',
    unit: 'ops',
    queries: [
      [perSecond('rate_limited_total', 'limit'), 'limit: {{limit}}'],
      [perSecond('auth_failures_total', 'reason'), 'credential: {{reason}}'],
    ],
  }),
]
