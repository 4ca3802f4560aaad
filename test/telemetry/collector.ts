import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { closeLater } from '../support/database.ts'

/** A span as OTLP/JSON has it, in short. */
export interface CollectedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly hasFailed: boolean
  readonly ms: number
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly SentAttribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[]
  }[]
}

interface SentSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: readonly SentAttribute[]
  readonly status: { readonly code?: number }
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
}

interface SentAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Receives OTLP over HTTP, as a collector does, and keeps it. */
export async function startCollector() {
  const spans: CollectedSpan[] = []
  const services = new Set<unknown>()
  const requests: { readonly path: string | undefined; readonly headers: IncomingHttpHeaders }[] = []
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    requests.push({ path: request.url, headers: request.headers })
    const sent = JSON.parse(Buffer.concat(chunks).toString()) as Sent
    for (const { resource, scopeSpans } of sent.resourceSpans) {
      services.add(attributesOf(resource.attributes)['service.name'])
      spans.push(...scopeSpans.flatMap((scope) => scope.spans.map(inShort)))
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  }
  const server = createServer((request, response) => void receive(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closeLater(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    services,
    requests,
    /** All spans of the trace that a request with this id began, once the first of them has come. */
    traceOf: async (requestId: string) => {
      const isFirst = (span: CollectedSpan) =>
        span.attributes['tool_catalog.request_id'] === requestId && span.name !== 'graphql'
      await expect.poll(() => spans.some(isFirst), { message: requestId, timeout: 10_000 }).toBe(true)
      const first = spans.find(isFirst)
      return spans.filter(({ traceId }) => traceId === first?.traceId)
    },
  }
}

function inShort({ traceId, spanId, parentSpanId, name, attributes, status, ...times }: SentSpan): CollectedSpan {
  return {
    traceId,
    spanId,
    parentSpanId: parentSpanId || undefined,
    name,
    attributes: attributesOf(attributes),
    hasFailed: status.code === 2,
    ms: Number(BigInt(times.endTimeUnixNano) - BigInt(times.startTimeUnixNano)) / 1e6,
  }
}

function attributesOf(attributes: readonly SentAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}

/** The names of a span and of what it is a part of, from the first to this one. */
export function pathTo(span: CollectedSpan, spans: readonly CollectedSpan[]): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId)
  return parent ? [...pathTo(parent, spans), span.name] : [span.name]
}
