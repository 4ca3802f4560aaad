/** Names that exist in the catalog under load: what readers ask for. */
export interface CatalogNames {
  readonly tools: readonly string[]
  /** Parts of names. */
  readonly fragments: readonly string[]
}

/** The part of an answer that is looked at. */
interface Data {
  readonly tools?: { readonly nodes?: readonly { readonly name?: string; readonly enabled?: boolean }[] }
  readonly tool?: { readonly name?: string; readonly latest?: { readonly capabilities?: readonly unknown[] } } | null
  readonly catalogStatistics?: { readonly tools?: number }
}

type Variables = Readonly<Record<string, string>>

export interface Read {
  readonly name: string
  /** So many of the requests of the mix are of this kind. */
  readonly weight: number
  readonly query: string
  readonly variables: (names: CatalogNames, random: () => number) => Variables
  /** Whether the `data` of an answer is what was asked for. */
  readonly isAnswer: (data: Data, variables: Variables) => boolean
}

const SUMMARY = 'id name description platform category status enabled'
const none = (): Variables => ({})
const hasTools = ({ tools }: Data) => (tools?.nodes?.length ?? 0) > 0

/**
 * What frontends and pipelines ask, and how often: names are uniform over the catalog. Anybody who measures reads takes
 * these, so that the figures compare.
 */
export const MIX: readonly Read[] = [
  {
    name: 'list',
    weight: 35,
    query: `query List { tools(first: 50, filter: { enabled: null }) {
      totalCount pageInfo { hasNextPage endCursor } nodes { ${SUMMARY} } } }`,
    variables: none,
    isAnswer: hasTools,
  },
  {
    name: 'search by name',
    weight: 20,
    query: `query SearchByName($part: String!) { tools(first: 20, filter: { enabled: null, nameContains: $part }) {
      nodes { ${SUMMARY} } } }`,
    variables: ({ fragments }, random) => ({ part: oneOf(fragments, random) }),
    isAnswer: (data, { part = '' }) =>
      hasTools(data) && (data.tools?.nodes ?? []).every(({ name }) => name?.toLowerCase().includes(part)),
  },
  {
    name: 'get by name',
    weight: 19,
    query: `query GetByName($name: String!) { tool(name: $name) {
      ${SUMMARY} tags revision
      latest { version status digest defaults dependencies { name type required } metadata
        capabilities { name description patterns {
          name description typicalUseCases timeEstimateMs costEstimate complexityScore scope completeness limitations
          policy { maxCost requiresApproval productionSafe maxExecutionTime }
          preferenceMatch { speed accuracy cost complexity completeness }
          requiredInputs { name type description } expectedOutputs { name type description } } } } } }`,
    variables: ({ tools }, random) => ({ name: oneOf(tools, random) }),
    isAnswer: ({ tool }, { name }) => tool?.name === name && Array.isArray(tool?.latest?.capabilities),
  },
  {
    name: 'list enabled',
    weight: 14,
    query: `query ListEnabled { tools(first: 50, filter: { enabled: true }) { nodes { ${SUMMARY} } } }`,
    variables: none,
    isAnswer: (data) => hasTools(data) && (data.tools?.nodes ?? []).every(({ enabled }) => enabled),
  },
  {
    name: 'list latest',
    weight: 10,
    query: `query ListLatest { tools(first: 50, orderBy: { field: UPDATED_AT, direction: DESC }) {
      nodes { ${SUMMARY} updatedAt latest { version digest createdAt } } } }`,
    variables: none,
    isAnswer: hasTools,
  },
  {
    name: 'statistics',
    weight: 4,
    query: `query Statistics { catalogStatistics {
      tools enabledTools versions capabilities patterns productionSafePatterns patternsRequiringApproval
      toolsByPlatform { name count } toolsByCategory { name count } toolsByStatus { status count } } }`,
    variables: none,
    isAnswer: ({ catalogStatistics }) => (catalogStatistics?.tools ?? 0) > 0,
  },
]

export const TOTAL_WEIGHT = MIX.reduce((sum, { weight }) => sum + weight, 0)

/** The next read of the mix. */
export function pickRead(random: () => number): Read {
  let left = random() * TOTAL_WEIGHT
  for (const read of MIX) {
    left -= read.weight
    if (left < 0) return read
  }
  // Unreachable while `random` stays below 1.
  return MIX[0] as Read
}

const FRAGMENTS = 120
const FRAGMENT_LENGTH = 3

/** Ends of names, spread over the catalog: each finds a few tools. */
export function fragmentsOf(tools: readonly string[]): string[] {
  const count = Math.min(FRAGMENTS, tools.length)
  const chosen = Array.from({ length: count }, (_, i) => tools[Math.floor((i * tools.length) / count)] ?? '')
  return [...new Set(chosen.map((name) => name.slice(-FRAGMENT_LENGTH).toLowerCase()))]
}

function oneOf(list: readonly string[], random: () => number): string {
  return list[Math.floor(random() * list.length)] ?? ''
}
