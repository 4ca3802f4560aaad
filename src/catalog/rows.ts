import type { ChangeKind, ChangeSource } from '../changes/change-event.ts'
import type { Compatibility } from '../definition/compatibility.ts'
import type { Json, JsonObject } from '../definition/json.ts'
import type { Status } from '../definition/vocabulary.ts'

/** Rows as the database gives them, under the names of the Prisma models. Revisions are digits in a string. */
export interface ToolRow {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  readonly latestVersionId: string | null
  readonly revision: string
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly description: string
  readonly platform: string
  readonly category: string
  readonly status: Status
  readonly tags: readonly string[]
  readonly productionSafe: boolean
  readonly requiresApproval: boolean
  readonly compatibility: Compatibility | null
  readonly deletedAt: Date | null
}

export interface VersionRow {
  readonly id: string
  readonly toolId: string
  readonly version: string
  readonly sortKey: string
  readonly status: Status
  readonly digest: string
  readonly createdAt: Date
  readonly createdBy: string
}

export interface CapabilityRow {
  readonly id: string
  readonly versionId: string
  readonly name: string
  readonly description: string
  readonly extensions: JsonObject
}

export interface PatternRow {
  readonly id: string
  readonly capabilityId: string
  readonly versionId: string
  readonly name: string
  readonly description: string
  readonly useCases: readonly string[]
  readonly timeEstimateMs: string | null
  readonly costEstimate: string | null
  readonly complexityScore: number | null
  readonly scope: string | null
  readonly completeness: string | null
  readonly limitations: readonly string[]
  readonly maxCost: number | null
  readonly requiresApproval: boolean | null
  readonly productionSafe: boolean | null
  readonly maxExecutionTime: number | null
  readonly maxNImmediate: number | null
  readonly backgroundIf: Json
  readonly preferenceMatch: JsonObject
  readonly requiredInputs: readonly JsonObject[]
  readonly optionalInputs: readonly JsonObject[]
  readonly expectedOutputs: readonly JsonObject[]
  readonly details: JsonObject
  readonly extensions: JsonObject
}

export interface ChangeSetRow {
  readonly revision: string
  readonly at: Date
  readonly actor: string
  readonly source: ChangeSource
  readonly message: string | null
  readonly requestId: string | null
  readonly hash: string | null
  /** Whether its events are gone. */
  readonly compacted: boolean
}

export interface ChangeEventRow {
  readonly revision: string
  readonly position: number
  readonly kind: ChangeKind
  readonly toolId: string
  readonly toolName: string
  readonly version: string | null
  readonly latest: string | null
}
