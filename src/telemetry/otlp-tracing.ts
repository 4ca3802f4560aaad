import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingHttpHeaders } from 'node:http'
import {
  type Context,
  DiagLogLevel,
  defaultTextMapGetter,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { packageVersion } from './build.ts'
import type { Attributes, Step, Tracing } from './tracing.ts'

export type TracingConfig = Pick<Config, 'OTEL_SERVICE_NAME' | 'OTEL_TRACES_SAMPLER_ARG'> & {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT: string
}

/** How long what has ended is gathered before it is sent, in milliseconds. */
const GATHER_MS = 1_000
/** Longest wait for the collector, in milliseconds; at the end, too. What it does not take by then is lost. */
const EXPORT_MS = 2_000

/** Send traces to a collector: OTLP over HTTP, in JSON. A collector that is away costs nobody but the traces. */
export function startTracing(config: TracingConfig, logger: Logger): Tracing {
  const said = (message: string) => logger.warn({ said: message }, 'Traces')
  const silent = () => {}
  diag.setLogger(
    { error: said, warn: said, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  const exporter = new OTLPTraceExporter({
    url: `${config.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_MS,
  })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': config.OTEL_SERVICE_NAME, 'service.version': packageVersion() }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG) }),
    spanProcessors: [
      new BatchSpanProcessor(exporter, { scheduledDelayMillis: GATHER_MS, exportTimeoutMillis: EXPORT_MS }),
    ],
  })
  return new OtlpTracing(provider.getTracer('tool-catalog', packageVersion()), async () => {
    await provider.shutdown().catch((error: unknown) => logger.warn({ err: error }, 'The last traces were not sent'))
    diag.disable()
  })
}

class OtlpTracing implements Tracing {
  readonly #tracer: Tracer
  readonly #underWay = new AsyncLocalStorage<Context>()
  readonly #propagator = new W3CTraceContextPropagator()
  readonly stop: () => Promise<void>

  constructor(tracer: Tracer, stop: () => Promise<void>) {
    this.#tracer = tracer
    this.stop = stop
  }

  request(name: string, headers: IncomingHttpHeaders, attributes: Attributes): Step {
    const parent = this.#underWay.getStore() ?? this.#propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
    return this.#start(name, parent, SpanKind.SERVER, attributes)
  }

  begin(name: string, attributes: Attributes): Step | undefined {
    const parent = this.#underWay.getStore()
    // What was begun there and is left to itself (a write in the background, say) is no part of an answer that has left.
    if (!parent || !trace.getSpan(parent)?.isRecording()) return undefined
    return this.#start(name, parent, SpanKind.INTERNAL, attributes)
  }

  async step<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
    const step = this.begin(name, attributes)
    if (!step) return work()
    try {
      const result = await step.run(work)
      step.end()
      return result
    } catch (error) {
      step.end(error)
      throw error
    }
  }

  bind<F extends (...given: never[]) => unknown>(callback: F): F {
    const context = this.#underWay.getStore()
    const bound = (...given: Parameters<F>) => this.#underWay.run(context ?? ROOT_CONTEXT, () => callback(...given))
    // It takes and gives what the callback does.
    return bound as F
  }

  #start(name: string, parent: Context, kind: SpanKind, attributes: Attributes): Step {
    const span = this.#tracer.startSpan(name, { kind, attributes }, parent)
    return new OtlpStep(span, trace.setSpan(parent, span), this.#underWay)
  }
}

class OtlpStep implements Step {
  readonly #span: Span
  readonly #context: Context
  readonly #underWay: AsyncLocalStorage<Context>

  constructor(span: Span, context: Context, underWay: AsyncLocalStorage<Context>) {
    this.#span = span
    this.#context = context
    this.#underWay = underWay
  }

  get traceId(): string {
    return this.#span.spanContext().traceId
  }

  run<T>(work: () => T): T {
    return this.#underWay.run(this.#context, work)
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes)
  }

  end(error?: unknown): void {
    if (error !== undefined) {
      // Its message may repeat what callers sent.
      if (error instanceof Error) this.#span.setAttribute('error.type', error.name)
      this.#span.setStatus({ code: SpanStatusCode.ERROR })
    }
    this.#span.end()
  }
}
