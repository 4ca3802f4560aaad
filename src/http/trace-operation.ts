import type { Tracing } from '../telemetry/tracing.ts'
import type { RequestInfo } from './request-info.ts'

/** Answer an operation as a step of its trace, named as OpenTelemetry's conventions for GraphQL have it. */
export async function traceOperation<T>(tracing: Tracing, info: RequestInfo, answer: () => Promise<T>): Promise<T> {
  const step = tracing.begin('graphql', { 'tool_catalog.request_id': info.requestId })
  if (!step) return answer()
  const end = (error?: unknown) => {
    const { operation, type, code } = info
    step.set({ 'graphql.operation.name': operation, 'graphql.operation.type': type, 'tool_catalog.error.code': code })
    step.end(error ?? code)
  }
  try {
    const result = await step.run(answer)
    end()
    return result
  } catch (error) {
    end(error)
    throw error
  }
}
