import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { hasRole, type Viewer } from '../auth/viewer.ts'
import type { CatalogPlugin } from './graphql-plugins.ts'

/** Most errors of an operation that was not executed at all. */
const MOST_ERRORS = 10

export interface Telling {
  /** Whether names that a misspelt one may have meant are told to readers; to editors they always are. */
  readonly suggestsToReaders: boolean
}

/** What a viewer is told of the errors of one answer. */
function toldErrors(
  errors: readonly GraphQLError[],
  viewer: Viewer,
  { suggestsToReaders }: Telling,
  hasData: boolean,
): readonly GraphQLError[] {
  const first = firstErrors(errors, hasData)
  return suggestsToReaders || hasRole(viewer, 'editor') ? first : first.map(withoutSuggestion)
}

/** `Did you mean …?`, at the end of a message of graphql-js, would tell the schema name by name. */
function withoutSuggestion(error: GraphQLError): GraphQLError {
  const end = error.message.endsWith('?') ? error.message.lastIndexOf(' Did you mean ') : -1
  if (end === -1) return error
  const { nodes, source, positions, path, originalError, extensions } = error
  const place = { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null }
  return new GraphQLError(error.message.slice(0, end), { ...place, originalError: originalError ?? null, extensions })
}

/** Without data a few errors say enough; beside data each error belongs to a null. */
function firstErrors(errors: readonly GraphQLError[], hasData: boolean): readonly GraphQLError[] {
  return hasData ? errors : errors.slice(0, MOST_ERRORS)
}

/** Every answer over HTTP tells its errors as its viewer may know them. */
export function useToldErrors(telling: Telling): CatalogPlugin {
  return {
    onExecutionResult(execution) {
      const { result, context } = execution
      if (!result || Symbol.asyncIterator in result || !result.errors) return
      const errors = toldErrors(result.errors, context.caller.viewer, telling, result.data !== undefined)
      execution.setResult({ ...result, errors })
    },
  }
}

/** The same for a websocket, without what Yoga would have taken out. */
export function formatErrors(...told: Parameters<typeof toldErrors>): GraphQLFormattedError[] {
  return toldErrors(...told).map((error) => {
    const { extensions: { http: _http, ...extensions } = {}, ...formatted } = error.toJSON()
    return { ...formatted, extensions }
  })
}
