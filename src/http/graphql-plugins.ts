import { type ExecutionResult, getOperationAST, OperationTypeNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { type Context, executeWhereItIs, pinToMemory } from '../graphql/context.ts'
import type { Logger } from '../logger.ts'
import type { Caller } from './caller.ts'
import { maskError } from './mask-error.ts'
import type { RequestInfo } from './request-info.ts'
import type { StreamArgs } from './shared-results.ts'
import type { Subscribe } from './subscribe.ts'

/** What is known of an operation when it comes to Yoga. */
export interface ServerContext {
  readonly info: RequestInfo
  readonly caller: Caller
  /** The body of a POST. */
  readonly body: string | undefined
  /** Break the connection, of which the caller takes nothing. */
  readonly disconnect: () => void
  /** What came of it on the short way, when nobody could do better on the long one. */
  readonly failed?: ExecutionResult | undefined
}

/** Before the operation is executed, its context has only what ServerContext has. */
export type CatalogPlugin = Plugin<Context & ServerContext, ServerContext>

/** Every answer says the revision it was read at, and its snapshot ends with it. */
export function useSnapshotRevision(): CatalogPlugin {
  return {
    onExecute({ args }) {
      const context = args.contextValue
      return {
        async onExecuteDone({ result, setResult }) {
          try {
            if (Symbol.asyncIterator in result) return
            // An operation that read nothing (an introspection, say) has no snapshot, and is of the current revision.
            const revision = await context.reader.revision().catch(() => undefined)
            if (revision === undefined) return
            context.info.revision = revision
            setResult({ ...result, extensions: { ...result.extensions, revision } })
          } finally {
            await context.reader.end()
          }
        },
      }
    },
  }
}

/** Queries are answered from memory where that is as good as the database. */
export function useMemory(): CatalogPlugin {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const operation = getOperationAST(args.document, args.operationName)?.operation
      if (operation !== OperationTypeNode.QUERY) return
      const context = args.contextValue
      setExecuteFn(async (given) => {
        if (!context.failed) {
          pinToMemory(context)
          return executeWhereItIs(context, () => executeFn(given))
        }
        // What comes after the execution must not open it.
        await context.reader.end()
        return context.failed
      })
    },
  }
}

/** Subscriptions share their answers. */
export function useSubscribe(subscribe: Subscribe): CatalogPlugin {
  return { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe) }
}

/** What went wrong in a resolver, masked, and logged under the request's id. */
export function useMaskedErrors(logger: Logger): CatalogPlugin {
  return {
    onExecute({ args }) {
      const { requestId } = args.contextValue.info
      return {
        onExecuteDone({ result, setResult }) {
          if (Symbol.asyncIterator in result || !result.errors) return
          setResult({ ...result, errors: result.errors.map((error) => maskError(error, logger, requestId)) })
        },
      }
    },
  }
}

function noteOperation({ document, operationName, contextValue: { info } }: StreamArgs): void {
  const operation = getOperationAST(document, operationName)
  info.operation ??= operation?.name?.value
  info.type = operation?.operation
}

/** What the request log wants to know of an operation. */
export function useRequestInfo(): CatalogPlugin {
  return {
    onParams({ params, context }) {
      const { info } = context as unknown as ServerContext
      info.operation = typeof params.operationName === 'string' ? params.operationName : undefined
    },
    onExecute({ args }) {
      noteOperation(args)
    },
    onSubscribe({ args }) {
      noteOperation(args)
    },
    onResultProcess({ result, serverContext }) {
      const [answer] = Array.isArray(result) ? result : [result]
      const code = answer && 'errors' in answer ? answer.errors?.[0]?.extensions?.code : undefined
      if (typeof code === 'string') serverContext.info.code = code
    },
    onResponse({ response, serverContext }) {
      if (serverContext.info.revision !== undefined)
        response.headers.set('x-catalog-revision', serverContext.info.revision)
    },
  }
}
