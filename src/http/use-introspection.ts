import { hasRole } from '../auth/viewer.ts'
import type { CatalogPlugin } from './graphql-plugins.ts'
import { shapeOf } from './query-shape.ts'
import { refuse } from './refusal.ts'

/** Whether the schema is told through the API: to editors always, to readers only when that is wanted. */
export function useIntrospection(isForReaders: boolean): CatalogPlugin {
  return {
    onParse() {
      return ({ result, context: { caller } }) => {
        if (isForReaders || hasRole(caller.viewer, 'editor')) return
        if (!(result instanceof Error) && shapeOf(result).asksForSchema) throw refuse.introspection()
      }
    },
  }
}
