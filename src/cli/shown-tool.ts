/** What `tool-catalog show` asks for. */
export const SHOW = `query Show($name: String!, $version: String) {
  tool(name: $name, version: $version) {
    name description platform category status enabled tags productionSafe requiresApproval compatibility
    createdAt updatedAt deletedAt revision latest { version }
    version {
      version status createdAt createdBy digest documentationUrl executionLocation
      dependencies { name type version required }
      capabilities {
        name description
        patterns {
          name description timeEstimateMs costEstimate complexityScore scope completeness limitations typicalUseCases
          policy { productionSafe requiresApproval maxCost maxExecutionTime }
          requiredInputs { name type description } optionalInputs { name type description }
        }
      }
    }
    versions(first: 20) { nodes { version status createdAt createdBy } pageInfo { hasNextPage } }
  }
}`

export interface ShownPattern {
  readonly name: string
  readonly description: string
  readonly timeEstimateMs: string | null
  readonly costEstimate: string | null
  readonly policy: { readonly productionSafe: boolean | null; readonly requiresApproval: boolean | null }
  readonly requiredInputs: readonly { readonly name: string }[]
}

export interface ShownVersion {
  readonly version: string
  readonly status: string
  readonly createdAt: string
  readonly createdBy: string
}

/** What comes for it, as far as it is printed. */
export interface ShownTool {
  readonly name: string
  readonly description: string
  readonly platform: string
  readonly category: string
  readonly status: string
  readonly enabled: boolean
  readonly tags: readonly string[]
  readonly updatedAt: string
  readonly revision: string
  readonly latest: { readonly version: string } | null
  readonly version:
    | (ShownVersion & {
        readonly digest: string
        readonly documentationUrl: string | null
        readonly dependencies: readonly { readonly name: string; readonly version: string | null }[]
        readonly capabilities: readonly {
          readonly name: string
          readonly description: string
          readonly patterns: readonly ShownPattern[]
        }[]
      })
    | null
  readonly versions: { readonly nodes: readonly ShownVersion[]; readonly pageInfo: { readonly hasNextPage: boolean } }
}
