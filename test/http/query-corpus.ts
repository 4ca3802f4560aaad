/** The parameters of an operation; `unknown` where a mistake is meant. */
export interface Operation {
  readonly query?: unknown
  readonly variables?: unknown
  readonly operationName?: unknown
  readonly [other: string]: unknown
}

const TOOL = `fragment F on Tool { __typename id name description platform category status tags enabled productionSafe
  requiresApproval revision compatibility deletedAt createdAt updatedAt
  latest { id version status digest createdAt createdBy tool { name } capabilities { id name } }
  capabilities { id name description extensions patterns { id name description typicalUseCases timeEstimateMs costEstimate
    complexityScore scope completeness limitations policy { maxCost requiresApproval productionSafe maxExecutionTime }
    preferenceMatch { speed } requiredInputs { name type } optionalInputs { name } expectedOutputs { name type } } }
  versions(first: 2) { totalCount nodes { version } } }`

/** Queries that succeed in every role, over the catalog of `conformance.test.ts`. */
export const VALID: readonly (readonly [string, Operation])[] = [
  [
    'a tool with everything',
    { query: `query Get($n: String!) { tool(name: $n) { ...F } } ${TOOL}`, variables: { n: 'GREP' } },
  ],
  ['a tool that is not there', { query: 'query ($n: String!) { tool(name: $n) { name } }', variables: { n: 'none' } }],
  ['an old version', { query: `{ tool(name: "grep", version: "1.0.0") { ...F } } ${TOOL}` }],
  [
    'a list',
    {
      query: `{ tools(first: 10) { totalCount edges { cursor node { ...F } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } ${TOOL}`,
    },
  ],
  ['a list backwards', { query: '{ tools(last: 2, orderBy: { field: NAME, direction: DESC }) { nodes { name } } }' }],
  [
    'a filter',
    {
      query: 'query ($f: ToolFilter) { tools(filter: $f) { nodes { name } } }',
      variables: { f: { nameContains: 'r', enabled: null } },
    },
  ],
  ['a filter that finds nothing', { query: '{ tools(filter: { platform: "amiga" }) { totalCount nodes { name } } }' }],
  [
    'a search',
    { query: '{ searchTools(query: "lines match") { nodes { score matches { __typename } tool { name } } } }' },
  ],
  [
    'capabilities and patterns',
    {
      query:
        '{ capabilities { nodes { name description } } patterns(first: 3) { nodes { name capability { name } } } }',
    },
  ],
  ['a capability', { query: '{ capability(tool: "curl", name: "http") { name patterns { name } } }' }],
  ['versions', { query: '{ toolVersions(tool: "grep") { nodes { version digest } } }' }],
  [
    'a difference',
    { query: '{ toolDiff(tool: "grep", from: "1.0.0", to: "1.1.0") { kind path before after breaking } }' },
  ],
  [
    'exact statistics',
    { query: '{ catalogStatistics(exact: true) { revision tools versions toolsByPlatform { name count } } }' },
  ],
  ['an export', { query: '{ exportTools(format: YAML, versions: LATEST) { count text hasNextPage } }' }],
  ['its history', { query: '{ tool(name: "grep") { history { nodes { revision actor } } } }' }],
  ['change sets', { query: '{ changeSets(first: 3) { nodes { revision events { kind toolName } } } }' }],
  ['who asks', { query: '{ viewer { __typename actor role } }' }],
  ['a node', { query: '{ nodes(ids: ["VG9vbDpub25l"]) { __typename id } }' }],
  [
    'validation',
    { query: '{ validateDefinition(text: "tool_name: x") { valid problems { code line column message } } }' },
  ],
  ['nothing but the type', { query: '{ __typename }' }],
  [
    'one of two operations',
    { query: 'query A { __typename } query B { tool(name: "grep") { name } }', operationName: 'B' },
  ],
  [
    'aliases, skip and include',
    {
      query:
        'query ($y: Boolean!) { a: tool(name: "grep") { n: name @skip(if: $y) } b: tool(name: "curl") @include(if: $y) { ... @include(if: $y) { name } } }',
      variables: { y: true },
    },
  ],
  ['defaults', { query: 'query ($n: Int = 1) { tools(first: $n) { nodes { name } } }' }],
  [
    'a null for a default',
    { query: 'query ($n: Int = 1) { tools(first: $n) { nodes { name } } }', variables: { n: null } },
  ],
  ['a variable too many', { query: '{ __typename }', variables: { other: 1 } }],
  ['null for everything', { query: '{ __typename }', variables: null, operationName: null, extensions: null }],
]

const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) })
/** Requests that are refused, as they are sent: malformed, not valid, too much, or not allowed. */
export const INVALID: readonly (readonly [string, Operation | string])[] = [
  ['no JSON', '{ "query": '],
  ['an array', '[{"query":"{ __typename }"}]'],
  ['a string', '"{ __typename }"'],
  ['null', 'null'],
  ['no document', { variables: {} }],
  ['a document that is none', { query: 7 }],
  ['an empty document', { query: '' }],
  ['bad syntax', { query: '{ tool(name: "grep") { name }' }],
  ['an unknown field', { query: '{ tool(name: "grep") { nane } }' }],
  ['a missing argument', { query: '{ tool { name } }' }],
  ['a variable that is missing', { query: 'query ($n: String!) { tool(name: $n) { name } }' }],
  [
    'a variable of another type',
    { query: 'query ($n: Int!) { tools(first: $n) { nodes { name } } }', variables: { n: 'x' } },
  ],
  ['variables that are a list', { query: '{ __typename }', variables: [1] }],
  ['variables that are too deep', { query: '{ __typename }', variables: deep(80) }],
  ['an unknown operation', { query: 'query A { __typename }', operationName: 'B' }],
  ['no name for one of two', { query: 'query A { __typename } query B { __typename }' }],
  ['an empty name', { query: 'query A { __typename }', operationName: '' }],
  ['a parameter too many', { query: '{ __typename }', other: 1 }],
  ['a page that is too large', { query: '{ tools(first: 1000) { nodes { name } } }' }],
  [
    'a page that is too large, by variable',
    { query: 'query ($n: Int!) { tools(first: $n) { nodes { name } } }', variables: { n: 101 } },
  ],
  ['a bad cursor', { query: '{ tools(after: "nonsense") { nodes { name } } }' }],
  ['a bad id', { query: '{ node(id: "nonsense") { id } }' }],
  [
    'a character that cannot be',
    { query: 'query ($n: String!) { tool(name: $n) { name } }', variables: { n: 'a\u0000b' } },
  ],
  ['half an answer', { query: '{ a: tool(name: "grep") { name } b: tools(first: 0) { nodes { name } } }' }],
  ['too many aliases', { query: `{ ${Array.from({ length: 16 }, (_, i) => `a${i}: __typename`).join(' ')} }` }],
  ['too deep', { query: `{ tool(name: "grep") ${'{ latest { tool '.repeat(8)} { name } ${'} }'.repeat(8)} }` }],
  [
    'too costly',
    {
      query: `{ tools(first: 100) { nodes { capabilities { patterns { name } } versions(first: 100) { nodes { capabilities { patterns { name } } } } } } }`,
    },
  ],
  ['too long', { query: `{ ${'__typename '.repeat(1_001)} }` }],
  ['too many directives', { query: `{ __typename ${'@skip(if: false) '.repeat(9)} }` }],
  ['the schema', { query: '{ __schema { types { name } } }' }],
  ['what admins may see', { query: '{ apiKeys { name role } }' }],
  ['a mutation that is not allowed', { query: 'mutation { deleteTool(input: { tool: "none" }) { __typename } }' }],
  ['a subscription', { query: 'subscription { catalogChanges(afterRevision: "999999") { __typename } }' }],
]
