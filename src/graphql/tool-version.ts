import type { VersionRow } from '../catalog/rows.ts'
import { listVersions } from '../catalog/versions.ts'
import type { Definition } from '../definition/definition.ts'
import { presentDocument } from '../definition/document.ts'
import { type Json, type JsonObject, typeName } from '../definition/json.ts'
import { serialise } from '../definition/serialise.ts'
import { builder } from './builder.ts'
import { Capability } from './capability.ts'
import { type Context, contentsOf, loadNodes } from './context.ts'
import { COST } from './cost.ts'
import { DefinitionFormat, ToolStatus } from './enums.ts'
import { Tool } from './tool.ts'

export const ToolVersion = builder.objectRef<VersionRow>('ToolVersion')

const Dependency = builder.objectRef<JsonObject>('Dependency').implement({
  description: 'Something a tool needs to run.',
  fields: (t) => ({
    name: t.string({ description: 'What is needed.', resolve: ({ name }) => text(name) ?? '' }),
    type: t.string({
      nullable: true,
      description: 'Kind of thing, for example package or permission.',
      resolve: ({ type }) => text(type),
    }),
    required: t.boolean({
      nullable: true,
      description: 'Whether the tool is useless without it.',
      resolve: ({ required }) => (typeof required === 'boolean' ? required : null),
    }),
    version: t.string({
      nullable: true,
      description: 'Versions that will do.',
      resolve: ({ version }) => text(version),
    }),
  }),
})

const Example = builder.objectRef<JsonObject>('Example').implement({
  description: 'A worked example.',
  fields: (t) => ({
    name: t.string({ nullable: true, description: 'What it shows.', resolve: ({ name }) => text(name) }),
    description: t.string({
      nullable: true,
      description: 'What happens in it.',
      resolve: ({ description }) => text(description),
    }),
    inputs: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Value of each input.',
      resolve: ({ inputs }) => inputs ?? null,
    }),
    expectedTimeMs: t.float({
      nullable: true,
      description: 'Time it should take, in milliseconds.',
      resolve: ({ expected_time_ms: time }) => (typeof time === 'number' ? time : null),
    }),
    expectedCost: t.float({
      nullable: true,
      description: 'What it should cost, in abstract units.',
      resolve: ({ expected_cost: cost }) => (typeof cost === 'number' ? cost : null),
    }),
    expectedOutput: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What should come back.',
      resolve: ({ expected_output: output }) => output ?? null,
    }),
  }),
})

builder.node(ToolVersion, {
  description: 'One definition of a tool. Immutable once published.',
  id: { resolve: ({ id }) => id },
  loadManyWithoutCache: (ids, { loaders }) => loadNodes(loaders.version, ids),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'digest' in value,
  extensions: { rowOf: (row: VersionRow) => row },
  fields: (t) => ({
    version: t.exposeString('version', { description: 'Name of the version, as published.' }),
    status: t.field({ type: ToolStatus, description: 'Stage of its life.', resolve: ({ status }) => status }),
    digest: t.exposeString('digest', {
      description:
        '`sha256:` and the SHA-256 of the canonical JSON (RFC 8785) of the definition. Pin this to notice any change.',
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was stored.', resolve: ({ createdAt }) => createdAt }),
    createdBy: t.exposeString('createdBy', { description: 'Who stored it.' }),
    tool: t.field({
      type: Tool,
      nullable: true,
      description: 'The tool, shown as of this version. Null when it has been deleted, but for editors.',
      resolve: async ({ id, toolId }, _, { loaders }) => {
        const row = await loaders.tool.load(toolId)
        return row && { row, pinnedVersionId: row.latestVersionId === id ? undefined : id }
      },
    }),
    capabilities: t.field({
      type: [Capability],
      description: 'What this version can do, in the order of its definition.',
      resolve: async ({ id }, _, context) => [...(await contentsOf(id, context)).capabilities],
    }),
    description: t.string({ description: 'What the tool is for.', resolve: from(({ description }) => description) }),
    platform: t.string({ description: 'Where it runs.', resolve: from(({ platform }) => platform) }),
    category: t.string({ description: 'What kind of tool it is.', resolve: from(({ category }) => category) }),
    tags: t.stringList({ description: 'Words to find it by.', resolve: from(({ tags }) => [...tags]) }),
    executionLocation: t.string({
      nullable: true,
      description: 'Which service or host runs it.',
      resolve: from(({ executionLocation }) => executionLocation ?? null),
    }),
    documentationUrl: t.string({
      nullable: true,
      description: "The tool's own documentation.",
      resolve: from(({ documentationUrl }) => documentationUrl ?? null),
    }),
    defaults: t.field({
      type: 'JSON',
      description: 'Values that hold for every pattern.',
      resolve: from(({ defaults }) => defaults),
    }),
    metadata: t.field({
      type: 'JSON',
      description: 'About the definition itself: author, dates, tags.',
      resolve: from(({ metadata }) => metadata),
    }),
    dependencies: t.field({
      type: [Dependency],
      description: 'What the tool needs to run.',
      resolve: from(({ dependencies }) => [...dependencies]),
    }),
    examples: t.field({
      type: [Example],
      description: 'Worked examples.',
      resolve: from(({ examples }) => [...examples]),
    }),
    extensions: t.field({
      type: 'JSON',
      description: 'Fields of the definition that the format does not know, as written.',
      resolve: from(({ extensions }) => extensions),
    }),
    definition: t.field({
      type: 'JSON',
      extensions: { cost: COST.document },
      description: 'The whole definition, as written: what the digest is taken of.',
      resolve: async ({ id }, _, context) => document(id, context),
    }),
    definitionText: t.string({
      extensions: { cost: COST.document },
      description:
        'The definition as text that can be imported again: with the name, the status and whether the tool is enabled as they are now.',
      args: {
        format: t.arg({
          type: DefinitionFormat,
          required: true,
          defaultValue: 'yaml',
          description: 'How to write it.',
        }),
      },
      resolve: async (version, { format }, context) => serialise(await presented(version, context), format),
    }),
  }),
})

/** A resolver that reads the definition of its version. All of a request's definitions are one batch. */
function from<T>(read: (definition: Definition) => T) {
  return async ({ id }: VersionRow, _: object, context: Context): Promise<T> =>
    read((await contentsOf(id, context)).definition)
}

async function document(versionId: string, context: Context): Promise<JsonObject> {
  return (await contentsOf(versionId, context)).document
}

/** The definition as it is to be imported again. */
async function presented({ id, toolId, status }: VersionRow, context: Context): Promise<JsonObject> {
  const [written, tool] = await Promise.all([document(id, context), context.loaders.tool.load(toolId)])
  return tool ? presentDocument(written, { name: tool.name, status, enabled: tool.enabled }) : written
}

function text(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'object' ? typeName(value) : String(value)
}

builder.queryField('toolVersions', (t) =>
  t.connection({
    type: ToolVersion,
    nullable: true,
    description: 'All versions of one tool, highest first. Null when there is no such tool.',
    args: { tool: t.arg.string({ required: true, description: 'Name of the tool, compared case-insensitively.' }) },
    resolve: async (_, { tool, ...page }, { loaders }) => {
      const row = await loaders.toolByName.load(tool.toLowerCase())
      return row && listVersions(loaders, row.id, page)
    },
  }),
)
