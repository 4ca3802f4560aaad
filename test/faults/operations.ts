import { between, pick, type Random } from './random.ts'

/** A mutation to send: one of the API's, with the input that is its own. */
export interface Operation {
  readonly name: string
  readonly input: Record<string, unknown>
  /** Whether the catalog has to refuse it. */
  readonly isWrong?: boolean
}

/** What a writer knows of a tool that nobody else writes. */
export interface OwnTool {
  readonly name: string
  enabled: boolean
  status: 'ACTIVE' | 'DEPRECATED'
  drafts: number
}

export const PLATFORMS = ['linux', 'windows', 'cloud'] as const
export const CAPABILITIES = ['text_search', 'file_listing', 'process_control'] as const

/** The next thing to do, such as editors do it: mostly small, now and then a new version, a draft, a tool, a mistake. */
export function nextOperation(random: Random, tool: OwnTool, serial: string): Operation {
  const chance = random()
  if (chance < 0.05) return mistake(tool)
  if (chance < 0.08) return creation(random, serial)
  if (chance < 0.14) return draft(tool)
  if (chance < 0.2) return description(tool, serial)
  return chance < 0.6 ? toggle(tool) : status(tool)
}

export function mutationOf({ name }: Operation): string {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`
  return `mutation Write($input: ${type}Input!) { ${name}(input: $input) {
    __typename ... on MutationSuccess { revision changes { kind } } ... on Error { code message } } }`
}

function toggle(tool: OwnTool): Operation {
  tool.enabled = !tool.enabled
  return { name: 'setToolEnabled', input: { tool: tool.name, enabled: tool.enabled } }
}

function status(tool: OwnTool): Operation {
  tool.status = tool.status === 'ACTIVE' ? 'DEPRECATED' : 'ACTIVE'
  return { name: 'setVersionStatus', input: { tool: tool.name, version: '1.0.0', status: tool.status } }
}

function description(tool: OwnTool, serial: string): Operation {
  return { name: 'updateTool', input: { tool: tool.name, description: `Described by ${serial}.` } }
}

/** For editors alone: readers must never hear of it. */
function draft(tool: OwnTool): Operation {
  const version = `0.0.${++tool.drafts}-draft`
  return { name: 'updateDraft', input: { tool: tool.name, copyOf: '1.0.0', version } }
}

function creation(random: Random, serial: string): Operation {
  const definition = {
    tool_name: `made-${serial}`.toLowerCase(),
    version: '1.0.0',
    description: 'Made in passing.',
    platform: pick(random, PLATFORMS),
    category: 'system',
    capabilities: { [pick(random, CAPABILITIES)]: { description: 'd', patterns: {} } },
  }
  return { name: 'createTool', input: { definition: { text: JSON.stringify(definition) } } }
}

function mistake(tool: OwnTool): Operation {
  return { name: 'setToolEnabled', input: { tool: tool.name, enabled: true, expectedRevision: '0' }, isWrong: true }
}

/** Milliseconds until a client that was let down tries again. */
export function backoff(random: Random): number {
  return between(random, 20, 120)
}
