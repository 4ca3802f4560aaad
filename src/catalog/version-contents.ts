import {
  type CapabilityDefinition,
  type Definition,
  type PatternDefinition,
  readDefinition,
} from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import type { CapabilityRow, PatternRow } from './rows.ts'

/** What a version holds, as it is kept in memory: its document as text, a quarter of the size that it has as objects. */
export interface StoredContents {
  readonly id: string
  readonly toolId: string
  readonly document: string
  /** In the order of the document. */
  readonly capabilityIds: readonly string[]
  readonly patternIds: readonly string[]
}

export const CONTENTS = `SELECT v.id, v.tool_id AS "toolId", v.definition::text AS document,
    ARRAY(SELECT c.id FROM capabilities c WHERE c.version_id = v.id ORDER BY c.position)::text[] AS "capabilityIds",
    ARRAY(SELECT p.id FROM patterns p JOIN capabilities c ON c.id = p.capability_id WHERE p.version_id = v.id
      ORDER BY c.position, p.position)::text[] AS "patternIds"
  FROM tool_versions v WHERE v.id = ANY($1::uuid[])`

/** What a version holds, for one request: the document, what it says, and the rows that it is made of (see projection.ts). */
export class VersionContents {
  readonly #stored: StoredContents
  #document: JsonObject | undefined
  #definition: Definition | undefined
  #capabilities: readonly CapabilityRow[] | undefined
  #patterns: ReadonlyMap<string, readonly PatternRow[]> | undefined

  constructor(stored: StoredContents) {
    this.#stored = stored
  }

  get versionId(): string {
    return this.#stored.id
  }

  /** As its author wrote it. */
  get document(): JsonObject {
    // Only objects are stored.
    this.#document ??= JSON.parse(this.#stored.document) as JsonObject
    return this.#document
  }

  get definition(): Definition {
    this.#definition ??= readDefinition(this.document)
    return this.#definition
  }

  get capabilities(): readonly CapabilityRow[] {
    this.#capabilities ??= this.definition.capabilities.map((capability, index) => ({
      id: this.#stored.capabilityIds[index] ?? '',
      versionId: this.#stored.id,
      name: capability.name,
      description: capability.description,
      extensions: capability.extensions,
    }))
    return this.#capabilities
  }

  patternsOf(capabilityId: string): readonly PatternRow[] {
    this.#patterns ??= this.#readPatterns()
    return this.#patterns.get(capabilityId) ?? []
  }

  #readPatterns(): Map<string, readonly PatternRow[]> {
    const { id, capabilityIds, patternIds } = this.#stored
    let at = 0
    return new Map(
      this.definition.capabilities.map(({ patterns }: CapabilityDefinition, index) => {
        const capabilityId = capabilityIds[index] ?? ''
        return [capabilityId, patterns.map((pattern) => patternRow(pattern, patternIds[at++] ?? '', capabilityId, id))]
      }),
    )
  }
}

function patternRow(pattern: PatternDefinition, id: string, capabilityId: string, versionId: string): PatternRow {
  const { policy } = pattern
  return {
    id,
    capabilityId,
    versionId,
    name: pattern.name,
    description: pattern.description,
    useCases: pattern.useCases,
    timeEstimateMs: pattern.timeEstimateMs ?? null,
    costEstimate: pattern.costEstimate ?? null,
    complexityScore: pattern.complexityScore ?? null,
    scope: pattern.scope ?? null,
    completeness: pattern.completeness ?? null,
    limitations: pattern.limitations,
    maxCost: policy.maxCost ?? null,
    requiresApproval: policy.requiresApproval ?? null,
    productionSafe: policy.productionSafe ?? null,
    maxExecutionTime: policy.maxExecutionTime ?? null,
    maxNImmediate: policy.maxNImmediate ?? null,
    backgroundIf: policy.requiresBackgroundIf ?? null,
    preferenceMatch: pattern.preferenceMatch,
    requiredInputs: pattern.requiredInputs,
    optionalInputs: pattern.optionalInputs,
    expectedOutputs: pattern.expectedOutputs,
    details: pattern.details,
    extensions: pattern.extensions,
  }
}
