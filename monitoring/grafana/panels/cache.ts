import { of, perSecond } from '../expressions.ts'
import { graph } from '../panel.ts'

const hits = perSecond('cache_hits_total', 'cache')
const misses = perSecond('cache_misses_total', 'cache')

/** What is answered without the database. */
export const cache = [
  graph({
    title: 'Hit rate by cache',
    description: 'The alerts watch all caches of a server together; one that is low here tells which.',
    unit: 'percentunit',
    queries: [[`${hits} / (${hits} + ${misses})`, '{{cache}}']],
    alerts: ['CacheHitRateBelow80', 'CacheHitRateBelow50'],
  }),
  graph({
    title: 'Size of the caches',
    description: 'Used part of the bytes that a cache may have. Full is fine as long as it evicts little.',
    unit: 'percentunit',
    queries: [[`max by (cache) (${of('cache_bytes')} / (${of('cache_limit_bytes')} > 0))`, '{{cache}}']],
    alerts: ['CacheNearBound'],
  }),
  graph({
    title: 'Entries and evictions',
    description: 'Entries in each cache, and how many a second made room for others.',
    unit: 'short',
    queries: [
      [`sum by (cache) (${of('cache_entries')})`, '{{cache}} entries'],
      [perSecond('cache_evictions_total', 'cache'), '{{cache}} evictions/s'],
    ],
  }),
]
