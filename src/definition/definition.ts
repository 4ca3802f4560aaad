import { isList, isObject, type Json, type JsonObject, scalarText } from './json.ts'
import { KNOWN_FIELDS, type Noun } from './schema.ts'
import { normaliseWord, STATUSES, type Status } from './vocabulary.ts'

/**
 * A definition read for use: one shape, whichever of the accepted ones the author wrote. The document itself stays the
 * truth (it is what is stored, digested and exported); this is a view of it, and nothing is written back through it.
 */
export interface Definition {
  readonly name: string
  readonly version: string
  readonly description: string
  /** Normalised: lower case, `[a-z0-9-]`. */
  readonly platform: string
  readonly category: string
  readonly executionLocation: string | undefined
  readonly status: Status
  readonly enabled: boolean
  readonly tags: readonly string[]
  readonly documentationUrl: string | undefined
  readonly defaults: JsonObject
  readonly dependencies: readonly JsonObject[]
  readonly metadata: JsonObject
  readonly examples: readonly JsonObject[]
  readonly capabilities: readonly CapabilityDefinition[]
  /** Fields of the definition that the format does not know, as written. */
  readonly extensions: JsonObject
}

export interface CapabilityDefinition {
  readonly name: string
  readonly description: string
  readonly patterns: readonly PatternDefinition[]
  readonly extensions: JsonObject
}

export interface PatternDefinition {
  readonly name: string
  readonly description: string
  readonly useCases: readonly string[]
  readonly timeEstimateMs: string | undefined
  readonly costEstimate: string | undefined
  readonly complexityScore: number | undefined
  readonly scope: string | undefined
  readonly completeness: string | undefined
  readonly limitations: readonly string[]
  readonly policy: PolicyDefinition
  readonly preferenceMatch: JsonObject
  readonly requiredInputs: readonly JsonObject[]
  readonly optionalInputs: readonly JsonObject[]
  readonly expectedOutputs: readonly JsonObject[]
  /** `output_schema`, `example_request`, `api_parameters` and `examples`, where given. */
  readonly details: JsonObject
  readonly extensions: JsonObject
}

export interface PolicyDefinition {
  readonly maxCost: number | undefined
  readonly requiresApproval: boolean | undefined
  readonly productionSafe: boolean | undefined
  /** Seconds. */
  readonly maxExecutionTime: number | undefined
  readonly maxNImmediate: number | undefined
  readonly requiresBackgroundIf: Json | undefined
}

/** The mapping that holds the definition's fields: the document, or what stands under its one key `tool`. */
export function unwrap(document: JsonObject): { fields: JsonObject; path: readonly string[] } {
  const inner = document.tool
  const isWrapped = isObject(inner) && document.tool_name === undefined && document.name === undefined
  return isWrapped ? { fields: inner, path: ['tool'] } : { fields: document, path: [] }
}

/** A named part of a definition: its name, its mapping, and the path of that mapping in the document. */
export interface NamedPart {
  readonly name: string
  readonly fields: JsonObject
  readonly path: readonly (string | number)[]
}

/** Capabilities or patterns, from either shape: a mapping by name, or a list whose items carry the name. */
export function namedParts(value: Json | undefined, nameKey: string, path: readonly (string | number)[]): NamedPart[] {
  if (isObject(value)) {
    return Object.entries(value).map(([name, fields]) => ({
      name,
      fields: isObject(fields) ? fields : {},
      path: [...path, name],
    }))
  }
  if (!isList(value)) return []
  return value.flatMap((fields, index) =>
    isObject(fields) ? [{ name: scalarText(fields[nameKey]), fields, path: [...path, index] }] : [],
  )
}

/** Name and version of a valid document. */
export function readIdentity(document: JsonObject): { name: string; version: string } {
  const { fields } = unwrap(document)
  return { name: textOf(fields.tool_name ?? fields.name), version: textOf(fields.version) }
}

/** Name that the tool of a valid document had before, when the document says so. */
export function readFormerName(document: JsonObject): string | undefined {
  return optionalText(unwrap(document).fields.renamed_from)
}

/** Read a valid document. What validation let pass as a warning is left out here, never an error. */
export function readDefinition(document: JsonObject): Definition {
  const { fields } = unwrap(document)
  const metadata = objectOf(fields.metadata)
  return {
    ...readIdentity(document),
    description: textOf(fields.description).trim(),
    platform: normaliseWord(textOf(fields.platform)),
    category: normaliseWord(textOf(fields.category)),
    executionLocation: optionalText(fields.execution_location),
    status: STATUSES.find((status) => status === fields.status) ?? 'active',
    enabled: fields.enabled !== false,
    tags: [...new Set([...texts(metadata.tags), ...texts(fields.tags)])],
    documentationUrl: optionalText(metadata.documentation_url),
    defaults: objectOf(fields.defaults),
    dependencies: objects(fields.dependencies),
    metadata,
    examples: objects(fields.examples),
    capabilities: namedParts(fields.capabilities, 'capability_name', []).map(readCapability),
    extensions: { ...outside(document, fields), ...unknownFields('definition', fields) },
  }
}

function readCapability({ name, fields }: NamedPart): CapabilityDefinition {
  return {
    name,
    description: textOf(fields.description).trim(),
    patterns: namedParts(fields.patterns, 'pattern_name', []).map(readPattern),
    extensions: unknownFields('capability', fields),
  }
}

function readPattern({ name, fields }: NamedPart): PatternDefinition {
  return {
    name,
    description: textOf(fields.description).trim(),
    useCases: texts(fields.typical_use_cases),
    timeEstimateMs: expressionText(fields.time_estimate_ms),
    costEstimate: expressionText(fields.cost_estimate),
    complexityScore: optionalNumber(fields.complexity_score),
    scope: optionalText(fields.scope),
    completeness: optionalText(fields.completeness),
    limitations: texts(fields.limitations),
    policy: readPolicy(objectOf(fields.policy)),
    preferenceMatch: objectOf(fields.preference_match),
    requiredInputs: objects(fields.required_inputs),
    optionalInputs: objects(fields.optional_inputs),
    expectedOutputs: objects(fields.expected_outputs),
    details: pick(fields, ['output_schema', 'example_request', 'api_parameters', 'examples']),
    extensions: unknownFields('pattern', fields),
  }
}

function readPolicy(policy: JsonObject): PolicyDefinition {
  return {
    maxCost: optionalNumber(policy.max_cost),
    requiresApproval: optionalBoolean(policy.requires_approval),
    productionSafe: optionalBoolean(policy.production_safe),
    maxExecutionTime: optionalNumber(policy.max_execution_time),
    maxNImmediate: optionalNumber(policy.max_N_immediate),
    requiresBackgroundIf: policy.requires_background_if,
  }
}

/** Fields of a mapping that the format does not know. */
export function unknownFields(noun: Noun, fields: JsonObject): JsonObject {
  const known: ReadonlySet<string> = KNOWN_FIELDS[noun]
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !known.has(key)))
}

/** What stands beside the `tool:` wrapper. */
export function outside(document: JsonObject, fields: JsonObject): JsonObject {
  if (document === fields) return {}
  return Object.fromEntries(Object.entries(document).filter(([key]) => key !== 'tool'))
}

function pick(fields: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]]])))
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const optionalText = (value: Json | undefined) => (typeof value === 'string' ? value : undefined)
const optionalNumber = (value: Json | undefined) => (typeof value === 'number' ? value : undefined)
const optionalBoolean = (value: Json | undefined) => (typeof value === 'boolean' ? value : undefined)
const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})
const objects = (value: Json | undefined): JsonObject[] => (isList(value) ? value.filter(isObject) : [])
const texts = (value: Json | undefined): string[] =>
  isList(value) ? value.filter((item): item is string => typeof item === 'string') : []
const expressionText = (value: Json | undefined) =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
