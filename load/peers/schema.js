import { builder, prisma, Status, VISIBLE } from './builder.js'
import './statistics.js'

// The part of ../../schema.graphql that the mix asks for, as Pothos' Prisma plugin does it: relations and connections of the
// plugin, and only the columns that are asked for (`select`), because a version holds its whole document.
const JSON_FIELDS = { name: 'String', type: 'String', description: 'String' }
const PatternInput = fromJson('PatternInput', JSON_FIELDS)
const PatternOutput = fromJson('PatternOutput', JSON_FIELDS)
const Dependency = fromJson('Dependency', { name: 'String', type: 'String', required: 'Boolean' })
const PreferenceMatch = fromJson('PreferenceMatch', {
  speed: 'Float',
  accuracy: 'Float',
  cost: 'Float',
  complexity: 'Float',
  completeness: 'Float',
})

function fromJson(name, fields) {
  return builder.objectRef(name).implement({
    fields: (t) =>
      Object.fromEntries(
        Object.entries(fields).map(([field, type]) => [
          field,
          t.field({ type, nullable: true, resolve: (value) => value[field] ?? null }),
        ]),
      ),
  })
}

const Policy = builder.objectRef('Policy').implement({
  fields: (t) => ({
    maxCost: t.exposeFloat('maxCost', { nullable: true }),
    requiresApproval: t.exposeBoolean('requiresApproval', { nullable: true }),
    productionSafe: t.exposeBoolean('productionSafe', { nullable: true }),
    maxExecutionTime: t.exposeFloat('maxExecutionTime', { nullable: true }),
  }),
})

builder.prismaObject('Pattern', {
  select: { id: true },
  fields: (t) => ({
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    typicalUseCases: t.exposeStringList('useCases'),
    timeEstimateMs: t.exposeString('timeEstimateMs', { nullable: true }),
    costEstimate: t.exposeString('costEstimate', { nullable: true }),
    complexityScore: t.exposeFloat('complexityScore', { nullable: true }),
    scope: t.exposeString('scope', { nullable: true }),
    completeness: t.exposeString('completeness', { nullable: true }),
    limitations: t.exposeStringList('limitations'),
    policy: t.field({
      type: Policy,
      select: { maxCost: true, requiresApproval: true, productionSafe: true, maxExecutionTime: true },
      resolve: (pattern) => pattern,
    }),
    preferenceMatch: t.expose('preferenceMatch', { type: PreferenceMatch }),
    requiredInputs: t.expose('requiredInputs', { type: [PatternInput] }),
    expectedOutputs: t.expose('expectedOutputs', { type: [PatternOutput] }),
  }),
})

builder.prismaObject('Capability', {
  select: { id: true },
  fields: (t) => ({
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    patterns: t.relation('patterns', { query: { orderBy: { position: 'asc' } } }),
  }),
})

builder.prismaNode('ToolVersion', {
  id: { field: 'id' },
  select: { id: true },
  fields: (t) => ({
    version: t.exposeString('version'),
    status: t.expose('status', { type: Status }),
    digest: t.exposeString('digest'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.exposeString('createdBy'),
    defaults: t.field({
      type: 'JSON',
      select: { definition: true },
      resolve: ({ definition }) => definition.defaults ?? {},
    }),
    metadata: t.field({
      type: 'JSON',
      select: { definition: true },
      resolve: ({ definition }) => definition.metadata ?? {},
    }),
    dependencies: t.field({
      type: [Dependency],
      select: { definition: true },
      resolve: ({ definition }) => definition.dependencies ?? [],
    }),
    capabilities: t.relation('capabilities', { query: { orderBy: { position: 'asc' } } }),
  }),
})

const Tool = builder.prismaNode('Tool', {
  id: { field: 'id' },
  select: { id: true },
  fields: (t) => ({
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    platform: t.exposeString('platform'),
    category: t.exposeString('category'),
    status: t.expose('status', { type: Status }),
    tags: t.exposeStringList('tags'),
    enabled: t.exposeBoolean('enabled'),
    productionSafe: t.exposeBoolean('productionSafe'),
    requiresApproval: t.exposeBoolean('requiresApproval'),
    revision: t.string({ select: { seenRevision: true }, resolve: ({ seenRevision }) => seenRevision.toString() }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    latest: t.relation('latestVersion', { nullable: true }),
  }),
})

const ToolFilter = builder.inputType('ToolFilter', {
  fields: (t) => ({ enabled: t.boolean(), nameContains: t.string() }),
})
const ToolOrderField = builder.enumType('ToolOrderField', {
  values: { NAME: { value: 'nameKey' }, CREATED_AT: { value: 'createdAt' }, UPDATED_AT: { value: 'updatedAt' } },
})
const OrderDirection = builder.enumType('OrderDirection', {
  values: { ASC: { value: 'asc' }, DESC: { value: 'desc' } },
})
const ToolOrder = builder.inputType('ToolOrder', {
  fields: (t) => ({
    field: t.field({ type: ToolOrderField, required: true }),
    direction: t.field({ type: OrderDirection, required: true, defaultValue: 'asc' }),
  }),
})

/** Enabled tools by default, both with `null`. */
function whereOf(filter) {
  const enabled = filter?.enabled === undefined ? true : filter.enabled
  return {
    ...VISIBLE,
    ...(enabled !== null && { enabled }),
    ...(filter?.nameContains != null && { nameKey: { contains: filter.nameContains.toLowerCase() } }),
  }
}

function orderOf(orderBy) {
  const { field = 'nameKey', direction = 'asc' } = orderBy ?? {}
  return field === 'nameKey' ? { nameKey: direction } : [{ [field]: direction }, { nameKey: direction }]
}

builder.queryFields((t) => ({
  tool: t.prismaField({
    type: Tool,
    nullable: true,
    args: { name: t.arg.string({ required: true }) },
    resolve: (query, _, { name }) =>
      prisma.tool.findUnique({ ...query, where: { nameKey: name.toLowerCase(), ...VISIBLE } }),
  }),
  tools: t.prismaConnection({
    type: Tool,
    cursor: 'nameKey',
    defaultSize: 20,
    maxSize: 100,
    args: { filter: t.arg({ type: ToolFilter }), orderBy: t.arg({ type: ToolOrder }) },
    totalCount: (_, { filter }) => prisma.tool.count({ where: whereOf(filter) }),
    resolve: (query, _, { filter, orderBy }) =>
      prisma.tool.findMany({ ...query, where: whereOf(filter), orderBy: orderOf(orderBy) }),
  }),
}))

export const schema = builder.toSchema()
