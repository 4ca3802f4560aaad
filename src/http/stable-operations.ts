import { type DocumentNode, type GraphQLSchema, getNamedType, TypeInfo, visit, visitWithTypeInfo } from 'graphql'

/** Queries whose answer is another one only when the revision is, or the role of who asks. */
export const STABLE_QUERIES: ReadonlySet<string> = new Set([
  'capabilities',
  'capability',
  'catalogStatistics',
  'exportTools',
  'patterns',
  'searchTools',
  'tool',
  'toolDiff',
  'toolVersions',
  'tools',
])

/** What changes without a revision: by compaction, by runs of tools, by time, or with the credential. */
export const UNSTABLE_TYPES: ReadonlySet<string> = new Set([
  'ChangeSet',
  'ChangeEvent',
  'QueryChangeSetsConnection',
  'ToolHistoryConnection',
  'ExecutionStatistics',
])

/** Whether the answer to an operation of this document may be kept until the next revision. The document must be valid. */
export function isStable(schema: GraphQLSchema, document: DocumentNode): boolean {
  let isStableSoFar = true
  const types = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name: { value: name } }) {
        const isQuery = types.getParentType() === schema.getQueryType()
        const type = getNamedType(types.getType())?.name ?? ''
        if ((isQuery && !name.startsWith('__') && !STABLE_QUERIES.has(name)) || UNSTABLE_TYPES.has(type))
          isStableSoFar = false
      },
    }),
  )
  return isStableSoFar
}
