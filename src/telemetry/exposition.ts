import { collectDefaultMetrics, type Metric as PromMetric, Registry, type RegistryContentType } from 'prom-client'
import { METRICS, type MetricName } from '../metrics.ts'
import { metricsJson } from './metrics-json.ts'
import { type Readable, sampledMetric } from './sampled-metric.ts'
import type { Sources } from './samples.ts'

/** Gauges that count every socket anew at each scrape: half of its time with thousands of subscribers, who are counted by name. */
const SLOW = ['resources', 'handles', 'requests'].flatMap((what) => [
  `nodejs_active_${what}`,
  `nodejs_active_${what}_total`,
])

const FORMATS = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openMetrics: Registry.OPENMETRICS_CONTENT_TYPE,
} as const
export type Format = keyof typeof FORMATS

/** Writes all metrics as Prometheus reads them. */
export class Exposition {
  readonly #sources: Sources
  readonly #registries: Readonly<Record<Format, Registry<RegistryContentType>>>

  constructor(sources: Sources) {
    this.#sources = sources
    this.#registries = {
      prometheus: registryOf('prometheus', sources),
      openMetrics: registryOf('openMetrics', sources),
    }
  }

  async write(format: Format): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: FORMATS[format], text: await this.#registries[format].metrics() }
  }

  json(): Promise<string> {
    return metricsJson(this.#sources)
  }
}

/** One for each format: writing OpenMetrics renames the counters of a registry for good. */
function registryOf(format: Format, sources: Sources): Registry<RegistryContentType> {
  const registry = new Registry<RegistryContentType>()
  registry.setContentType(FORMATS[format])
  for (const name of Object.keys(METRICS) as MetricName[]) registry.registerMetric(sampledMetric(name, sources))
  for (const metric of processMetrics()) registry.registerMetric(renamed(metric))
  return registry
}

let ofProcess: readonly Readable[] | undefined

/** Of the process, however many servers it has: each collection of them would watch the garbage collector anew, for ever. */
function processMetrics(): readonly Readable[] {
  if (!ofProcess) {
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    for (const name of SLOW) registry.removeSingleMetric(name)
    // What is registered is a metric, and can be read.
    ofProcess = registry.getMetricsAsArray() as unknown as readonly Readable[]
  }
  return ofProcess
}

/** The same metric under a name of its own, which one registry may change without the other noticing. */
function renamed(metric: Readable): PromMetric {
  const { name, help, type, aggregator } = metric
  const own: Readable = {
    name,
    help,
    type,
    aggregator,
    async get() {
      return { ...(await metric.get()), name: this.name }
    },
  }
  // As in sampled-metric.ts.
  return own as unknown as PromMetric
}
