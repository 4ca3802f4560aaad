import { check } from 'k6'
import exec from 'k6/execution'
import { ask } from './ask.ts'
import type { Stage } from './stage.ts'

/** The answer of a mutation: a member of its result union. */
interface Result {
  readonly __typename: string
  readonly code?: string
  readonly revision?: string
}

/** Every so many writes is a mistake that the catalog has to refuse, with the error that is meant for it. */
const MISTAKE_EVERY = 4

/** Each virtual user writes a tool of its own; undefined until it is there. */
let own: { readonly name: string; enabled: boolean } | undefined
let count = 0

/** One write: the first creates a tool, the others enable and disable it, and some are refused. */
export function writeOnce({ prefix }: Stage): void {
  const name = `${prefix}${exec.vu.idInTest}`
  count++
  if (!own) {
    if (create(name, 'CreateToolSuccess')) own = { name, enabled: true }
  } else if (count % MISTAKE_EVERY === 0) makeMistake(own.name)
  else {
    own.enabled = !own.enabled
    setEnabled({ tool: name, enabled: own.enabled }, 'SetToolEnabledSuccess')
  }
}

const MISTAKES = [
  (tool: string) => create(tool, 'NameTakenError'),
  (tool: string) => setEnabled({ tool: `${tool}-is-not-there`, enabled: true }, 'ToolNotFoundError'),
  (tool: string) => setEnabled({ tool, enabled: true, expectedRevision: '0' }, 'RevisionConflictError'),
]

function makeMistake(tool: string): void {
  MISTAKES[(count / MISTAKE_EVERY - 1) % MISTAKES.length]?.(tool)
}

function create(name: string, expected: string): boolean {
  const definition = {
    tool_name: name,
    version: '1.0.0',
    description: 'Made by the load test; it may be deleted.',
    platform: 'linux',
    category: 'system',
    capabilities: { load_testing: { description: 'Being there.', patterns: {} } },
  }
  return mutate('createTool', { definition: { text: JSON.stringify(definition) } }, expected)
}

function setEnabled(input: object, expected: string): boolean {
  return mutate('setToolEnabled', input, expected)
}

/** Whether the answer is of the type that is expected, with what belongs to it. */
function mutate(mutation: 'createTool' | 'setToolEnabled' | 'deleteTool', input: object, expected: string): boolean {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`
  const query = `mutation Write($input: ${type}!) { ${mutation}(input: $input) {
    __typename ... on MutationSuccess { revision } ... on Error { code message } } }`
  const result = ask<Record<string, Result>>(mutation, query, { input })?.[mutation]
  return check(result, {
    [`${mutation}: __typename is ${expected}`]: (answer) => answer?.__typename === expected,
    [`${mutation}: a success has its revision, an error its code`]: (answer) =>
      expected.endsWith('Success') ? Number(answer?.revision) > 0 : typeof answer?.code === 'string',
  })
}

/** Delete what the writers made, whatever became of them. */
export function removeOwnTools({ prefix }: Stage): void {
  const query = `query Own($prefix: String!) { tools(first: 100, filter: { enabled: null, nameContains: $prefix }) {
    nodes { name } } }`
  const nodes = ask<{ tools: { nodes: { name: string }[] } }>('own tools', query, { prefix })?.tools.nodes ?? []
  for (const { name } of nodes) mutate('deleteTool', { tool: name }, 'DeleteToolSuccess')
}
