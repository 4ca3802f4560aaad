import { ofProcess } from '../expressions.ts'
import { graph } from '../panel.ts'

/** The processes themselves. */
export const runtime = [
  graph({
    title: 'Event loop lag',
    description: 'How late the event loop of a server is, 99th percentile since the last scrape.',
    unit: 's',
    queries: [[ofProcess('nodejs_eventloop_lag_p99_seconds'), '{{instance}}']],
    alerts: ['EventLoopLag'],
    width: 6,
  }),
  graph({
    title: 'Memory',
    description: 'What the operating system gave a server, and what of it is JavaScript heap in use.',
    unit: 'bytes',
    queries: [
      [ofProcess('process_resident_memory_bytes'), '{{instance}} resident'],
      [ofProcess('nodejs_heap_size_used_bytes'), '{{instance}} heap'],
    ],
    alerts: ['Memory'],
    width: 6,
  }),
  graph({
    title: 'Processor',
    description:
      'Cores that a server uses: 1 is all that JavaScript can, the rest is garbage collection and the embedded database.',
    unit: 'none',
    queries: [[`rate(${ofProcess('process_cpu_seconds_total')}[$__rate_interval])`, '{{instance}}']],
    width: 6,
  }),
  graph({
    title: 'File descriptors',
    description: 'Used part of what the operating system allows. Each connection is one.',
    unit: 'percentunit',
    queries: [[`${ofProcess('process_open_fds')} / ${ofProcess('process_max_fds')}`, '{{instance}}']],
    alerts: ['FileDescriptors'],
    width: 6,
  }),
]
