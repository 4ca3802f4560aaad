import { of, perSecond, quantile } from '../expressions.ts'
import { graph } from '../panel.ts'

/** What changes the catalog, and how it gets to those who follow it. */
export const changes = [
  graph({
    title: 'Reloads',
    description:
      'Reloads a minute by trigger and outcome; a mutation through the API is one, too. The marks on all graphs are those of the folder.',
    unit: 'short',
    queries: [[`60 * ${perSecond('reloads_total', 'trigger, outcome')} > 0`, '{{trigger}} {{outcome}}']],
  }),
  graph({
    title: 'How long reloads take',
    description: '95th percentile by trigger.',
    unit: 's',
    queries: [[quantile(0.95, 'reload_duration_seconds', 'trigger'), '{{trigger}}']],
  }),
  graph({
    title: 'Files that wait for a reload',
    description: 'For how long changed files have not been taken over. 0: nothing waits.',
    unit: 's',
    queries: [
      [
        `max by (instance) ((time() - ${of('reload_pending_since_timestamp_seconds')}) * (${of('reload_pending_since_timestamp_seconds')} > bool 0))`,
        '{{instance}}',
      ],
    ],
    alerts: ['ReloadStale'],
  }),
  graph({
    title: 'Tools by platform',
    description: 'Tools that are not deleted, by platform, as the server that knows most of them counts.',
    unit: 'short',
    queries: [[`max by (platform) (sum by (instance, platform) (${of('tools')}))`, '{{platform}}']],
  }),
  graph({
    title: 'Revision of each server',
    description: 'The revision that each server has read. Lines that part: one does not hear of changes.',
    unit: 'none',
    queries: [[`max by (instance) (${of('revision')})`, '{{instance}}']],
  }),
  graph({
    title: 'Behind the log of changes',
    description: 'For how long a server has not read the log of changes to its end.',
    unit: 's',
    queries: [[`max by (instance) (${of('feed_lag_seconds')})`, '{{instance}}']],
    alerts: ['FeedLag'],
  }),
  graph({
    title: 'Open subscriptions',
    description: 'By transport.',
    unit: 'short',
    queries: [[`sum by (transport) (${of('subscribers')})`, '{{transport}}']],
  }),
  graph({
    title: 'From commit to subscriber',
    description: 'Time from the commit of a revision to the socket of a subscriber: median and 99th percentile.',
    unit: 's',
    queries: [
      [quantile(0.5, 'delivery_lag_seconds'), 'p50'],
      [quantile(0.99, 'delivery_lag_seconds'), 'p99'],
    ],
  }),
  graph({
    title: 'Deliveries and closed subscriptions',
    description:
      'Items sent a second, subscriptions that ended a second by reason, and how many revisions the last subscriber is behind.',
    unit: 'short',
    queries: [
      [`sum(rate(${of('deliveries_total')}[$__rate_interval]))`, 'items/s'],
      [`${perSecond('subscriptions_closed_total', 'reason')} > 0`, 'closed/s: {{reason}}'],
      [`max(${of('subscriber_behind_max_revisions')})`, 'revisions behind'],
    ],
  }),
  graph({
    title: 'Imports',
    description: 'Imports through the API a minute by outcome, and definitions that they created or updated a minute.',
    unit: 'short',
    queries: [
      [`60 * ${perSecond('imports_total', 'outcome')}`, '{{outcome}}'],
      [`60 * sum(rate(${of('imported_tools_total')}[$__rate_interval]))`, 'definitions'],
    ],
  }),
]
