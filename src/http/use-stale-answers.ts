import { type ExecutionArgs, type ExecutionResult, getOperationAST, OperationTypeNode } from 'graphql'
import type { Context } from '../graphql/context.ts'
import { AnswerBody } from './answer-body.ts'
import type { CatalogPlugin, ServerContext } from './graphql-plugins.ts'
import { credentialName, type KeptAnswer, type KeptAnswers, requestKey } from './kept-answers.ts'
import { shapeOf } from './query-shape.ts'
import { refuse } from './refusal.ts'

/** What Yoga adds to the context of a request. */
interface Asked extends Context, ServerContext {
  readonly request?: Request
}

/**
 * Reads go on while the database is away: a query that cannot be executed is answered as the same caller was answered last,
 * with `extensions.stale` and the revision of that answer. Whatever else fails for this reason is a 503. Comes after the
 * plugins that mask errors and note the revision.
 */
export function useStaleAnswers(kept: KeptAnswers): CatalogPlugin {
  return {
    onExecute({ args, setExecuteFn }) {
      // It is what Yoga made for this request.
      const context = args.contextValue as unknown as Asked
      const isQuery = operationOf(args)?.operation === OperationTypeNode.QUERY
      const key = isQuery ? keyOf(context) : undefined
      if (context.viewer.unconfirmed)
        setExecuteFn(async () => {
          // What comes after the execution must not open it.
          await context.reader.end()
          return { errors: [refuse.databaseAway()] }
        })
      return {
        onExecuteDone({ result, setResult }) {
          if (Symbol.asyncIterator in result) return
          if (isDatabaseAway(result)) {
            const answer = key === undefined ? undefined : kept.find(key)
            if (answer && isRecentEnough(answer, context)) {
              context.info.revision = answer.revision
              setResult(staleResult(answer))
            } else if (hasNothing(result)) setResult({ errors: [refuse.databaseAway()] })
            return
          }
          const revision = revisionOf(result)
          if (key === undefined || revision === undefined || result.errors || isAboutSchema(args)) return
          kept.keep(key, revision, () => new AnswerBody(JSON.stringify(result)))
        },
      }
    },
    onSubscribe({ args: { contextValue } }) {
      if (contextValue.viewer.unconfirmed) throw refuse.databaseAway()
    },
  }
}

/** An answer belongs to the credential that got it, with the role that it had. */
function keyOf({ viewer, body, request }: Asked): string | undefined {
  const raw = body ?? request?.url.split('?')[1]
  return raw === undefined ? undefined : requestKey(credentialName(viewer), raw)
}

function isDatabaseAway({ errors }: ExecutionResult): boolean {
  return errors?.some(({ extensions }) => extensions.code === 'DATABASE_UNAVAILABLE') ?? false
}

/** A mutation that could do some of its fields has something to tell. */
function hasNothing({ data }: ExecutionResult): boolean {
  return Object.values(data ?? {}).every((value) => value === null)
}

function staleResult({ revision, result }: KeptAnswer): ExecutionResult {
  return { ...result, extensions: { ...result.extensions, revision, stale: true } }
}

function isRecentEnough({ revision }: KeptAnswer, { request }: Asked): boolean {
  const wanted = request?.headers.get('x-catalog-min-revision')
  return wanted == null || BigInt(revision) >= BigInt(wanted)
}

function revisionOf({ extensions }: ExecutionResult): string | undefined {
  return typeof extensions?.revision === 'string' ? extensions.revision : undefined
}

function operationOf({ document, operationName }: ExecutionArgs) {
  return getOperationAST(document, operationName)
}

/** The schema is read without the database. */
function isAboutSchema({ document }: ExecutionArgs): boolean {
  return shapeOf(document).asksForSchema
}
