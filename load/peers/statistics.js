import { builder, prisma, Status, VISIBLE } from './builder.js'

const NamedCount = builder.objectRef('NamedCount').implement({
  fields: (t) => ({ name: t.exposeString('name'), count: t.exposeInt('count') }),
})
const StatusCount = builder.objectRef('StatusCount').implement({
  fields: (t) => ({ status: t.expose('name', { type: Status }), count: t.exposeInt('count') }),
})
const ofLatest = { version: { latestOf: VISIBLE } }
const countPatterns = (where) => () => prisma.pattern.count({ where: { ...where, capability: ofLatest } })

async function toolsBy(field) {
  const groups = await prisma.tool.groupBy({
    by: [field],
    where: VISIBLE,
    _count: { id: true },
    orderBy: [{ _count: { id: 'desc' } }, { [field]: 'asc' }],
  })
  return groups.map((group) => ({ name: group[field], count: group._count.id }))
}

// Each figure is counted when it is asked for, side by side.
const Statistics = builder.objectRef('CatalogStatistics').implement({
  fields: (t) => ({
    tools: t.int({ resolve: () => prisma.tool.count({ where: VISIBLE }) }),
    enabledTools: t.int({ resolve: () => prisma.tool.count({ where: { ...VISIBLE, enabled: true } }) }),
    versions: t.int({
      resolve: () => prisma.toolVersion.count({ where: { status: { not: 'draft' }, tool: VISIBLE } }),
    }),
    capabilities: t.int({ resolve: () => prisma.capability.count({ where: ofLatest }) }),
    patterns: t.int({ resolve: countPatterns({}) }),
    productionSafePatterns: t.int({ resolve: countPatterns({ productionSafe: true }) }),
    patternsRequiringApproval: t.int({ resolve: countPatterns({ requiresApproval: true }) }),
    toolsByPlatform: t.field({ type: [NamedCount], resolve: () => toolsBy('platform') }),
    toolsByCategory: t.field({ type: [NamedCount], resolve: () => toolsBy('category') }),
    toolsByStatus: t.field({ type: [StatusCount], resolve: () => toolsBy('status') }),
  }),
})

builder.queryField('catalogStatistics', (t) => t.field({ type: Statistics, resolve: () => ({}) }))
