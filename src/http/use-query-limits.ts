import { GraphQLError, parse, type Source, validate } from 'graphql'
import type { Config } from '../config.ts'
import type { CatalogPlugin } from './graphql-plugins.ts'
import { isDeeperThan } from './json-depth.ts'
import { estimateCost } from './query-cost.ts'
import { type QueryShape, shapeOf } from './query-shape.ts'
import { Refusal, refuse } from './refusal.ts'

export type QueryLimits = Pick<
  Config,
  'MAX_QUERY_TOKENS' | 'MAX_QUERY_ALIASES' | 'MAX_QUERY_DIRECTIVES' | 'MAX_QUERY_DEPTH' | 'MAX_QUERY_COST'
>

/** Deepest nesting of variables: what a definition may have, and some levels around it. */
const MOST_VARIABLE_LEVELS = 64
/** With the one that says that there are more: 10. */
const MOST_VALIDATION_ERRORS = 9

/**
 * Refuse what would cost too much, each at the first moment it can be known: tokens while parsing, aliases, directives and
 * depth before validation, cost before execution.
 */
export function useQueryLimits(limits: QueryLimits): CatalogPlugin {
  const parseWithin = (source: string | Source) =>
    withinStack(() => parse(source, { maxTokens: limits.MAX_QUERY_TOKENS }))
  return {
    onParse({ setParseFn }) {
      setParseFn(parseWithin)
      return ({ result }) => {
        // Thrown, and not left as the result: Yoga gives syntax errors another HTTP status.
        if (result instanceof Refusal) throw result
        if (isTokenLimit(result)) throw refuse.tooManyTokens()
        if (result instanceof GraphQLError) {
          // Yoga would say so too, but only over HTTP.
          result.extensions.code ??= 'GRAPHQL_PARSE_FAILED'
          return
        }
        checkShape(
          withinStack(() => shapeOf(result)),
          limits,
        )
      }
    },
    onValidate({ setValidationFn, params: { schema, documentAST } }) {
      setValidationFn((...[ofSchema, document, rules]: Parameters<typeof validate>) =>
        withinStack(() => validate(ofSchema, document, rules, { maxErrors: MOST_VALIDATION_ERRORS })),
      )
      return ({ valid, context: { params } }) => {
        if (isDeeperThan(params.variables, MOST_VARIABLE_LEVELS)) throw refuse.tooDeep()
        if (!valid) return
        const cost = estimateCost(schema, documentAST, params.operationName, params.variables)
        if (cost > limits.MAX_QUERY_COST) throw refuse.tooCostly()
      }
    },
  }
}

function checkShape({ aliases, directives, depth }: QueryShape, limits: QueryLimits): void {
  if (aliases > limits.MAX_QUERY_ALIASES) throw refuse.tooManyAliases()
  if (directives > limits.MAX_QUERY_DIRECTIVES) throw refuse.tooManyDirectives()
  if (depth > limits.MAX_QUERY_DEPTH) throw refuse.tooDeep()
}

/** Parsing and validating recurse; a document that is nested deeply enough ends the stack, and is the caller's mistake. */
function withinStack<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof RangeError ? refuse.tooDeep() : error
  }
}

/** graphql-js has no code for it. */
function isTokenLimit(result: unknown): boolean {
  return result instanceof GraphQLError && / Document contains more tha[nt] \d+ tokens/.test(result.message)
}
