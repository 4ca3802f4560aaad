import { GraphQLError, type Source, type validate } from 'graphql'
import {
  checkCost,
  checkDocument,
  checkVariables,
  parseDocument,
  type QueryLimits,
  validateDocument,
} from './document-checks.ts'
import type { CatalogPlugin } from './graphql-plugins.ts'
import { Refusal } from './refusal.ts'

/**
 * Refuse what would cost too much, each at the first moment it can be known: tokens while parsing, aliases, directives and
 * depth before validation, cost before execution.
 */
export function useQueryLimits(limits: QueryLimits): CatalogPlugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((source: string | Source) => parseDocument(source, limits))
      return ({ result }) => {
        // Thrown, and not left as the result: Yoga gives syntax errors another HTTP status.
        if (result instanceof Refusal) throw result
        if (result instanceof GraphQLError) {
          // Yoga would say so too, but only over HTTP.
          result.extensions.code ??= 'GRAPHQL_PARSE_FAILED'
          return
        }
        checkDocument(result, limits)
      }
    },
    onValidate({ setValidationFn, params: { schema, documentAST: document } }) {
      setValidationFn((...[ofSchema, given, rules]: Parameters<typeof validate>) =>
        validateDocument(ofSchema, given, rules),
      )
      return ({ valid, context: { params } }) => {
        checkVariables(params.variables)
        if (!valid) return
        checkCost({ schema, document, operationName: params.operationName, variables: params.variables }, limits)
      }
    },
  }
}
