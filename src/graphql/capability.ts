import { loadAll } from '../catalog/loaders.ts'
import { mapPage } from '../catalog/page.ts'
import { listCapabilities } from '../catalog/parts.ts'
import type { CapabilityRow } from '../catalog/rows.ts'
import { findVersion } from '../catalog/versions.ts'
import { builder } from './builder.ts'
import { contentsOf, loadNodes } from './context.ts'
import { Pattern } from './pattern.ts'
import { ToolFilterInput } from './tool-filter.ts'
import { ToolVersion } from './tool-version.ts'

export const Capability = builder.objectRef<CapabilityRow>('Capability')

builder.node(Capability, {
  description: 'Something a version of a tool can do.',
  id: { resolve: ({ id }) => id },
  loadManyWithoutCache: (ids, { loaders }) => loadNodes(loaders.capability, ids),
  isTypeOf: (value) =>
    typeof value === 'object' && value !== null && 'versionId' in value && !('capabilityId' in value),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name, unique within the version.' }),
    description: t.exposeString('description', { description: 'What it means to have it.' }),
    patterns: t.field({
      type: [Pattern],
      description: 'Ways of using it, in the order of the definition.',
      resolve: async ({ id, versionId }, _, context) => [...(await contentsOf(versionId, context)).patternsOf(id)],
    }),
    version: t.field({
      type: ToolVersion,
      nullable: true,
      description: 'The version that has it.',
      resolve: ({ versionId }, _, { loaders }) => loaders.version.load(versionId),
    }),
    extensions: t.field({
      type: 'JSON',
      description: 'Fields that the format does not know, as written.',
      resolve: ({ extensions }) => extensions,
    }),
  }),
})

builder.queryField('capability', (t) =>
  t.field({
    type: Capability,
    nullable: true,
    description: 'One capability of one tool. Null when there is none of that name.',
    args: {
      tool: t.arg.string({ required: true, description: 'Name of the tool, compared case-insensitively.' }),
      name: t.arg.string({ required: true, description: 'Name of the capability, compared case-insensitively.' }),
      version: t.arg.string({ description: 'Version to look in instead of the latest.' }),
    },
    resolve: async (_, { tool, name, version }, context) => {
      const { loaders } = context
      const row = await loaders.toolByName.load(tool.toLowerCase())
      const named = row && version != null ? (await findVersion(loaders, row.id, version))?.id : row?.latestVersionId
      const capabilities = named ? (await contentsOf(named, context)).capabilities : []
      return capabilities.find((capability) => capability.name.toLowerCase() === name.toLowerCase()) ?? null
    },
  }),
)

const CapabilityFilterInput = builder.inputType('CapabilityFilter', {
  description: 'Which capabilities. Every field that is given must hold.',
  fields: (t) => ({
    name: t.string({ description: 'Exact name, compared case-insensitively.' }),
    tool: t.string({ description: 'Name of the tool that has it, compared case-insensitively.' }),
    tools: t.field({ type: ToolFilterInput, description: 'Only those of tools like these; enabled ones by default.' }),
  }),
})

builder.queryField('capabilities', (t) =>
  t.connection({
    type: Capability,
    description: 'Capabilities of the latest versions of tools, sorted by name.',
    args: { filter: t.arg({ type: CapabilityFilterInput, description: 'Which capabilities.' }) },
    resolve: async (_, { filter, ...page }, { reader, loaders }) =>
      mapPage(await listCapabilities(reader, filter ?? {}, page), (ids) => loadAll(loaders.capability, ids)),
  }),
)
