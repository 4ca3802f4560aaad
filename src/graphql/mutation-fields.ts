import type { InputFieldMap } from '@pothos/core'
import { decodeGlobalID } from '@pothos/plugin-relay'
import type { Written } from '../catalog/change-tool.ts'
import { addMutation, type InputBuilder, type MutationConfig, type ObjectBuilder, type Outcome } from './mutation.ts'
import { Tool } from './tool.ts'
import { ToolVersion } from './tool-version.ts'

/** Add a mutation about one tool, or one version of it. */
export function addToolMutation<Fields extends InputFieldMap>(
  name: string,
  config: MutationConfig<Fields, Written>,
): void {
  addMutation(name, config)
}

export const toolArgument = (t: InputBuilder) => ({
  tool: t.string({ required: true, description: 'Name of the tool, compared case-insensitively.' }),
})

export const toolField = (t: ObjectBuilder<Outcome<Written>>) =>
  t.field({
    type: Tool,
    nullable: true,
    description:
      'The tool as it is stored now: after a dry run unchanged. Null when there is none, as after the dry run of a creation.',
    resolve: async ({ value }, _, { loaders }) => {
      const row = await loaders.tool.load(value.toolId)
      return row && { row, pinnedVersionId: undefined }
    },
  })

export const versionField = (t: ObjectBuilder<Outcome<Written>>) =>
  t.field({
    type: ToolVersion,
    nullable: true,
    description: 'The version concerned, as it is stored now. Null when it is not, for example after a dry run.',
    resolve: ({ value }, _, { loaders }) => (value.versionId === null ? null : loaders.version.load(value.versionId)),
  })

/** The database's id in a global id of this type; anything else stays what it is. */
export function localId(type: string, text: string): string {
  try {
    const { typename, id } = decodeGlobalID(text)
    return typename === type ? id : text
  } catch {
    return text
  }
}
