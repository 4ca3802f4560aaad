import { listChangeSets } from '../catalog/change-sets.ts'
import { loadAll } from '../catalog/loaders.ts'
import { mapPage } from '../catalog/page.ts'
import type { ToolRow } from '../catalog/rows.ts'
import { listToolRows } from '../catalog/tools.ts'
import { findVersion, listVersions } from '../catalog/versions.ts'
import { builder } from './builder.ts'
import { Capability } from './capability.ts'
import { ChangeSet } from './change-set.ts'
import { type Context, contentsOf, knownIds } from './context.ts'
import { COST } from './cost.ts'
import { CompatibilityEnum, ToolStatus } from './enums.ts'
import { ToolFilterInput, ToolOrderInput } from './tool-filter.ts'
import { ToolVersion } from './tool-version.ts'

/** A tool as one answer shows it: with its latest version, or pinned to another. */
export interface ShownTool {
  readonly row: ToolRow
  readonly pinnedVersionId: string | undefined
}

export const Tool = builder.objectRef<ShownTool>('Tool')
const latest = (row: ToolRow): ShownTool => ({ row, pinnedVersionId: undefined })
const shownVersionId = ({ row, pinnedVersionId }: ShownTool) => pinnedVersionId ?? row.latestVersionId

builder.node(Tool, {
  description:
    'A named thing that can be run. What it says of itself comes from the version shown: the latest, or the one asked for.',
  id: { resolve: ({ row, pinnedVersionId }) => (pinnedVersionId ? `${row.id}@${pinnedVersionId}` : row.id) },
  loadManyWithoutCache: loadTools,
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'row' in value,
  extensions: { rowOf: ({ row, pinnedVersionId }: ShownTool) => (pinnedVersionId ? undefined : row) },
  fields: (t) => ({
    name: t.string({ description: 'Unique name, compared case-insensitively.', resolve: ({ row }) => row.name }),
    description: t.string({
      description: 'What the tool is for.',
      resolve: (tool, _, context) => shown(tool, context, 'description'),
    }),
    platform: t.string({
      description: 'Where it runs: lower case, a-z 0-9 and hyphens.',
      resolve: (tool, _, context) => shown(tool, context, 'platform'),
    }),
    category: t.string({
      description: 'What kind of tool it is: lower case, a-z 0-9 and hyphens.',
      resolve: (tool, _, context) => shown(tool, context, 'category'),
    }),
    status: t.field({
      type: ToolStatus,
      description: 'Stage of the version shown.',
      resolve: (tool, _, context) => shown(tool, context, 'status'),
    }),
    tags: t.stringList({
      description: 'Words to find it by.',
      // Nobody changes it.
      resolve: (tool, _, context) => shown(tool, context, 'tags') as string[] | Promise<string[]>,
    }),
    enabled: t.boolean({ description: 'Whether the tool is served at all.', resolve: ({ row }) => row.enabled }),
    productionSafe: t.boolean({
      description: 'Whether every pattern of the latest version is production safe (false when it has none).',
      resolve: ({ row }) => row.productionSafe,
    }),
    requiresApproval: t.boolean({
      description: 'Whether some pattern of the latest version requires approval.',
      resolve: ({ row }) => row.requiresApproval,
    }),
    revision: t.field({
      type: 'Revision',
      description: 'Revision of the last change of this tool.',
      resolve: ({ row }) => row.revision,
    }),
    compatibility: t.field({
      type: CompatibilityEnum,
      nullable: true,
      description: 'What a new version may not break; null for what holds in general.',
      resolve: ({ row }) => row.compatibility,
    }),
    deletedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it left the catalog; null for a living tool.',
      resolve: ({ row }) => row.deletedAt,
    }),
    history: t.connection({
      type: ChangeSet,
      extensions: { cost: COST.list },
      description: 'The change sets that touched it, newest first.',
      resolve: async ({ row }, page, { reader, loaders }) =>
        mapPage(await listChangeSets(reader, { toolId: row.id }, page), (revisions) =>
          loadAll(loaders.changeSet, revisions),
        ),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the tool came into the catalog.',
      resolve: ({ row }) => row.createdAt,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When the tool last changed, as far as that is published.',
      resolve: ({ row }) => row.updatedAt,
    }),
    latest: t.field({
      type: ToolVersion,
      nullable: true,
      description:
        'The version served by default: the highest that is neither draft nor disabled, unless a rollback or a publication chose another. Null when there is none.',
      resolve: ({ row }, _, { loaders }) => (row.latestVersionId ? loaders.version.load(row.latestVersionId) : null),
    }),
    version: t.field({
      type: ToolVersion,
      nullable: true,
      description:
        'One version: the one named, or without a name the version shown. Null when there is no such version.',
      args: { version: t.arg.string({ description: 'Version to look up, exactly as it was published.' }) },
      resolve: async (tool, { version }, { loaders }) => {
        if (version == null) return shownVersionId(tool) ? loaders.version.load(shownVersionId(tool) ?? '') : null
        return findVersion(loaders, tool.row.id, version)
      },
    }),
    versions: t.connection({
      type: ToolVersion,
      description: 'All versions, highest first.',
      resolve: ({ row }, page, { loaders }) => listVersions(loaders, row.id, page),
    }),
    capabilities: t.field({
      type: [Capability],
      description: 'What the version shown can do, in the order of its definition.',
      resolve: async (tool, _, context) => {
        const versionId = shownVersionId(tool)
        return versionId ? [...(await contentsOf(versionId, context)).capabilities] : []
      },
    }),
  }),
})

type ShownField = 'description' | 'platform' | 'category' | 'status' | 'tags'

/** A field of the version shown: on the tool's own row for the latest, at once; in the definition for another. */
function shown<F extends ShownField>(
  { row, pinnedVersionId }: ShownTool,
  context: Context,
  field: F,
): ToolRow[F] | Promise<ToolRow[F]> {
  if (!pinnedVersionId || pinnedVersionId === row.latestVersionId) return row[field]
  return shownOf(pinnedVersionId, context, field)
}

async function shownOf<F extends ShownField>(versionId: string, context: Context, field: F): Promise<ToolRow[F]> {
  // The stage has moved on from what the definition says.
  if (field === 'status') return (await versionOf(versionId, context.loaders)).status as ToolRow[F]
  return (await contentsOf(versionId, context)).definition[field] as ToolRow[F]
}

async function versionOf(id: string, loaders: Context['loaders']) {
  const version = await loaders.version.load(id)
  if (!version) throw new Error('A tool is pinned to a version that is there')
  return version
}

/** Tools by id, where an id may name a version: `tool@version`. */
async function loadTools(ids: readonly string[], { loaders }: Context): Promise<(ShownTool | null)[]> {
  return Promise.all(
    ids.map(async (id) => {
      const [toolId, pinned] = id.split('@')
      const [known = null, version = null] = knownIds([toolId ?? '', pinned ?? ''])
      const row = known ? await loaders.tool.load(known) : null
      if (!row || pinned === undefined) return row && latest(row)
      const stored = version ? await loaders.version.load(version) : null
      return stored?.toolId === row.id ? { row, pinnedVersionId: stored.id } : null
    }),
  )
}

/** Rows for the ids of a list. */
export async function toolsOfIds(ids: readonly string[], { loaders }: Context): Promise<ShownTool[]> {
  return (await loadAll(loaders.tool, ids)).map(latest)
}

builder.queryField('tool', (t) =>
  t.field({
    type: Tool,
    nullable: true,
    description:
      'One tool by name, disabled or not. With a version it is shown as of that version. Null when there is no such tool or version.',
    args: {
      name: t.arg.string({ required: true, description: 'Name, compared case-insensitively.' }),
      version: t.arg.string({ description: 'Version to show instead of the latest, exactly as it was published.' }),
    },
    resolve: async (_, { name, version }, { loaders }) => {
      const row = await loaders.toolByName.load(name.toLowerCase())
      if (!row || version == null) return row && latest(row)
      const stored = await findVersion(loaders, row.id, version)
      return stored ? { row, pinnedVersionId: stored.id } : null
    },
  }),
)

builder.queryField('tools', (t) =>
  t.connection({
    type: Tool,
    description: 'Tools, sorted by name unless asked otherwise.',
    args: {
      filter: t.arg({ type: ToolFilterInput, description: 'Which tools; enabled ones by default.' }),
      orderBy: t.arg({ type: ToolOrderInput, description: 'How they are sorted.' }),
    },
    resolve: async (_, { filter, orderBy, first, after, last, before }, { reader, loaders, cache }) => {
      const order = { field: orderBy?.field ?? 'name', descending: orderBy?.direction === 'desc' }
      const page = { first, after, last, before }
      const found = await listToolRows({ reader, loaders, tools: cache.tools }, filter ?? {}, order, page)
      return found.withNodes(found.nodes.map(latest))
    },
  }),
)
