import { pageSizeOf } from './asks.ts'
import type { Dialect } from './dialect.ts'

// The reads of the mix in the words of the schema that PostGraphile makes of the tables: the same fields, filters and order.
const VISIBLE = 'deletedAt: { isNull: true }, status: { notEqualTo: draft }'
const SUMMARY = 'rowId name description platform category status enabled'
const PAGE = '$first: Int!, $after: Cursor'
const BY_NAME = 'first: $first, after: $after, orderBy: NAME_KEY_ASC'

const DOCUMENTS: Readonly<Record<string, string>> = {
  list: `query List(${PAGE}) { tools: allTools(${BY_NAME}, filter: { ${VISIBLE} }) {
    totalCount pageInfo { hasNextPage endCursor } nodes { ${SUMMARY} } } }`,
  'search by name': `query SearchByName(${PAGE}, $part: String!) {
    tools: allTools(${BY_NAME}, filter: { ${VISIBLE}, nameKey: { includes: $part } }) { nodes { ${SUMMARY} } } }`,
  'get by name': `query GetByName($name: String!) { tools: allTools(first: 1, filter: { ${VISIBLE}, nameKey: { equalTo: $name } }) { nodes {
    ${SUMMARY} tags revision: seenRevision
    latest: toolVersionByLatestVersionId { version status digest defaults dependencies metadata
      capabilities: capabilitiesByVersionId(orderBy: POSITION_ASC) { nodes { name description
        patterns: patternsByCapabilityId(orderBy: POSITION_ASC) { nodes {
          name description typicalUseCases: useCases timeEstimateMs costEstimate complexityScore scope completeness limitations
          maxCost requiresApproval productionSafe maxExecutionTime preferenceMatch requiredInputs expectedOutputs } } } } } } } }`,
  'list enabled': `query ListEnabled(${PAGE}) {
    tools: allTools(${BY_NAME}, filter: { ${VISIBLE}, enabled: { equalTo: true } }) { nodes { ${SUMMARY} } } }`,
  'list latest': `query ListLatest(${PAGE}) { tools: allTools(first: $first, after: $after, orderBy: [UPDATED_AT_DESC, NAME_KEY_DESC],
    filter: { ${VISIBLE}, enabled: { equalTo: true } }) {
      nodes { ${SUMMARY} updatedAt latest: toolVersionByLatestVersionId { version digest createdAt } } } }`,
  statistics: 'query Statistics { catalogStatistics: peersCatalogStatistics }',
}

/** Every cursor of a list, page after page: PostGraphile's hold a hash of the order. */
export const CURSORS: Readonly<Record<string, string>> = {
  list: cursorsOf(VISIBLE, 'NAME_KEY_ASC'),
  'list enabled': cursorsOf(`${VISIBLE}, enabled: { equalTo: true }`, 'NAME_KEY_ASC'),
  'list latest': cursorsOf(`${VISIBLE}, enabled: { equalTo: true }`, '[UPDATED_AT_DESC, NAME_KEY_DESC]'),
}

function cursorsOf(filter: string, order: string): string {
  return `query ($after: Cursor) { tools: allTools(first: 1000, after: $after, orderBy: ${order}, filter: { ${filter} }) {
    edges { cursor } pageInfo { hasNextPage endCursor } } }`
}

export const POSTGRAPHILE: Dialect = {
  request: ({ read, variables, page, suffix }, cursor) => {
    const query = DOCUMENTS[read.name]
    if (query === undefined) throw new Error(`PostGraphile has no document for ${read.name}`)
    const size = pageSizeOf(read)
    return {
      query: suffix === undefined ? query : query.replace(/^query \w+/, (start) => `${start}_${suffix}`),
      variables: {
        ...variables,
        ...(query.includes('$first') && { first: page?.first ?? size, after: cursor ?? null }),
      },
    }
  },
  answer: (read, data) => (ANSWERS[read.name] ?? ((other: unknown) => other))(data as Raw),
  cursor: undefined,
}

// What comes back is compared value by value with ours: a shape that is not as expected shows as a difference.
// biome-ignore lint/suspicious/noExplicitAny: the answer of a foreign server, taken apart field by field
type Raw = any

const time = (text: string) => new Date(text).toISOString()
const summary = ({ rowId, name, description, platform, category, status, enabled }: Raw) => ({
  id: Buffer.from(`Tool:${rowId}`).toString('base64'),
  name,
  description,
  platform,
  category,
  status: status.toUpperCase(),
  enabled,
})
const nodes = ({ tools }: Raw) => ({ tools: { nodes: tools.nodes.map(summary) } })

const ANSWERS: Readonly<Record<string, (data: Raw) => unknown>> = {
  list: (data) => {
    const { totalCount, pageInfo } = data.tools
    return { tools: { totalCount, pageInfo: { hasNextPage: pageInfo.hasNextPage }, ...nodes(data).tools } }
  },
  'search by name': nodes,
  'get by name': ({ tools }) => ({ tool: tools.nodes[0] ? tool(tools.nodes[0]) : null }),
  'list enabled': nodes,
  'list latest': ({ tools }) => ({
    tools: {
      nodes: tools.nodes.map((node: Raw) => ({
        ...summary(node),
        updatedAt: time(node.updatedAt),
        latest: { ...node.latest, createdAt: time(node.latest.createdAt) },
      })),
    },
  }),
}

function tool(node: Raw) {
  const { latest } = node
  return {
    ...summary(node),
    tags: node.tags,
    revision: node.revision,
    latest: {
      ...latest,
      status: latest.status.toUpperCase(),
      dependencies: latest.dependencies.map((value: Raw) => pick(value, ['name', 'type', 'required'])),
      capabilities: latest.capabilities.nodes.map(({ name, description, patterns }: Raw) => ({
        name,
        description,
        patterns: patterns.nodes.map(pattern),
      })),
    },
  }
}

function pattern({ maxCost, requiresApproval, productionSafe, maxExecutionTime, ...rest }: Raw) {
  return {
    ...rest,
    policy: { maxCost, requiresApproval, productionSafe, maxExecutionTime },
    preferenceMatch: pick(rest.preferenceMatch, ['speed', 'accuracy', 'cost', 'complexity', 'completeness']),
    requiredInputs: rest.requiredInputs.map((value: Raw) => pick(value, ['name', 'type', 'description'])),
    expectedOutputs: rest.expectedOutputs.map((value: Raw) => pick(value, ['name', 'type', 'description'])),
  }
}

function pick(value: Raw, keys: readonly string[]) {
  return Object.fromEntries(keys.map((key) => [key, value[key] ?? null]))
}
