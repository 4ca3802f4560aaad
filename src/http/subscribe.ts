import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql'
import type { Logger } from '../logger.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import type { CredentialWatch } from './credential-watch.ts'
import { maskError } from './mask-error.ts'
import { type AnsweredOperation, codeOfError } from './operation-figures.ts'
import { refuse } from './refusal.ts'
import { SharedResults, type StreamArgs } from './shared-results.ts'
import { type ItemSource, SharedStream } from './shared-stream.ts'

/** Begin a subscription: its stream, or why there is none. */
export type Subscribe = (args: ExecutionArgs) => Promise<SharedStream | ExecutionResult>

export interface SubscribeOptions {
  readonly watch: CredentialWatch
  readonly logger: Logger
  readonly tracing?: Tracing | undefined
  /** Called when it has begun, or could not. */
  readonly onBegun?: (args: StreamArgs, begun: Pick<AnsweredOperation, 'code' | 'ms'>) => void
}

/** Subscriptions, in place of graphql-js' own: those that ask the same share each answer. */
export function createSubscribe({ watch, logger, tracing, onBegun }: SubscribeOptions): Subscribe {
  const results = new SharedResults((error, requestId) => maskError(error, logger, requestId))
  const begin: Subscribe = async (args) => {
    // Both transports make the context with Yoga's factory.
    const ours = args as StreamArgs
    const { viewer, requestId } = ours.contextValue
    const source = await createSourceEventStream(args)
    if (!(Symbol.asyncIterator in source))
      return { errors: (source.errors ?? []).map((error) => maskError(error, logger, requestId)) }
    const check = async () => {
      if (!(await watch.isGood(viewer))) throw refuse.badCredential()
    }
    // Every subscription of the schema is of items.
    return new SharedStream(source[Symbol.asyncIterator]() as ItemSource, results.group(ours), check)
  }
  return async (args) => {
    const started = performance.now()
    const begun = await (tracing ? traced(args as StreamArgs, tracing, begin) : begin(args))
    const code = begun instanceof SharedStream ? undefined : codeOfError(begun.errors?.[0])
    onBegun?.(args as StreamArgs, { code, ms: performance.now() - started })
    return begun
  }
}

/** To begin it is a step of its own: over a websocket the first of a trace. */
async function traced(args: StreamArgs, tracing: Tracing, begin: Subscribe): ReturnType<Subscribe> {
  const { requestId, info } = args.contextValue
  const step = tracing.request('graphql subscription', info.traceHeaders ?? {}, {
    'graphql.operation.type': 'subscription',
    'graphql.operation.name': args.operationName ?? undefined,
    'tool_catalog.request_id': requestId,
  })
  const begun = await step.run(() => begin(args))
  step.end(begun instanceof SharedStream ? undefined : begun.errors?.[0])
  return begun
}
