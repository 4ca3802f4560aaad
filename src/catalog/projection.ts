import type { CapabilityDefinition, Definition, PatternDefinition } from '../definition/definition.ts'
import type { Json } from '../definition/json.ts'
import type { Status } from '../definition/vocabulary.ts'

/**
 * The rows that a definition becomes. The document itself is stored whole on the version; these are copies for
 * filtering, sorting and searching, made here and nowhere else. Keys are the tables' column names.
 */

/**
 * Columns of `tools` that follow the version it serves by default.
 * @param status the version's own, which may have moved on from what its definition says
 */
export function toolColumns(definition: Definition, status: Status) {
  const patterns = definition.capabilities.flatMap(({ patterns: own }) => own)
  return {
    description: definition.description,
    platform: definition.platform,
    category: definition.category,
    status,
    tags: definition.tags,
    tag_keys: definition.tags.map((tag) => tag.toLowerCase()),
    capability_keys: definition.capabilities.map(({ name }) => name.toLowerCase()),
    production_safe: patterns.length > 0 && patterns.every(({ policy }) => policy.productionSafe === true),
    requires_approval: patterns.some(({ policy }) => policy.requiresApproval === true),
    ...searchTexts(definition),
  }
}

/** Most characters per weight; a tsvector may have 1 MB. */
const SEARCH_TEXT_LIMIT = 50_000

/** The start of a long text, without half a character at its end. */
function cut(text: string): string {
  return text.slice(0, SEARCH_TEXT_LIMIT).replace(/[\ud800-\udbff]$/, '')
}

/** The texts that search looks in, by weight: the name, what it is called by, what people ask, what is said about it. */
function searchTexts(definition: Definition) {
  const { capabilities } = definition
  const patterns = capabilities.flatMap(({ patterns: own }) => own)
  const join = (texts: readonly string[]) => cut(texts.join('\n'))
  return {
    search_a: join([definition.name, spaced(definition.name)]),
    search_b: join([
      ...definition.tags,
      ...capabilities.map(({ name }) => spaced(name)),
      definition.platform,
      definition.category,
    ]),
    search_c: join(patterns.flatMap(({ name, useCases }) => [spaced(name), ...useCases])),
    search_d: join([
      definition.description,
      ...capabilities.map(({ description }) => description),
      ...patterns.map(({ description }) => description),
    ]),
  }
}

/** `text_search` and `redis-cli` are found by their parts. */
function spaced(name: string): string {
  return name.replace(/[._+-]+/g, ' ').replace(/([a-z])([A-Z])/g, '$1 $2')
}

/** The words of a text that are kept for the vocabulary that search corrects misspellings with. */
export function wordsIn(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[a-z][a-z0-9]{2,29}/g) ?? [])
}

export interface PartIds {
  readonly versionId: string
  readonly newId: () => string
}

/** Rows of `capabilities` and `patterns` for one version. */
export function partRows(definition: Definition, { versionId, newId }: PartIds) {
  const capabilities = definition.capabilities.map((capability, position) => ({
    id: newId(),
    ...capabilityRow(capability),
    version_id: versionId,
    position,
  }))
  const patterns = definition.capabilities.flatMap((capability, index) =>
    capability.patterns.map((pattern, position) => ({
      id: newId(),
      ...patternRow(pattern),
      capability_id: capabilities[index]?.id ?? '',
      version_id: versionId,
      position,
    })),
  )
  return { capabilities, patterns }
}

function capabilityRow({ name, description, extensions }: CapabilityDefinition) {
  return { name, name_key: name.toLowerCase(), description, extensions }
}

function patternRow(pattern: PatternDefinition) {
  const { policy } = pattern
  return {
    name: pattern.name,
    name_key: pattern.name.toLowerCase(),
    description: pattern.description,
    use_cases: pattern.useCases,
    time_estimate_ms: pattern.timeEstimateMs ?? null,
    cost_estimate: pattern.costEstimate ?? null,
    complexity_score: pattern.complexityScore ?? null,
    scope: pattern.scope ?? null,
    completeness: pattern.completeness ?? null,
    limitations: pattern.limitations,
    max_cost: policy.maxCost ?? null,
    requires_approval: policy.requiresApproval ?? null,
    production_safe: policy.productionSafe ?? null,
    max_execution_time: policy.maxExecutionTime ?? null,
    max_n_immediate: policy.maxNImmediate ?? null,
    background_if: (policy.requiresBackgroundIf ?? null) as Json,
    preference_match: pattern.preferenceMatch,
    required_inputs: pattern.requiredInputs,
    optional_inputs: pattern.optionalInputs,
    expected_outputs: pattern.expectedOutputs,
    details: pattern.details,
    extensions: pattern.extensions,
  }
}

export type ToolColumns = ReturnType<typeof toolColumns>
export type PartRows = ReturnType<typeof partRows>
