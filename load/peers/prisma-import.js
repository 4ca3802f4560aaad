import pg from 'pg'
import { createPrisma } from './prisma.js'

// Copies the catalog of SOURCE_URL into the empty one of DATABASE_URL by Prisma's createMany, in one transaction, and
// prints how long that took. Rows are read before the clock starts, and no change log or search index is written.
const source = new pg.Client({ connectionString: process.env.SOURCE_URL })
await source.connect()
const rows = async (columns, table) => (await source.query(`SELECT ${columns} FROM ${table}`)).rows

const tools = await rows(
  `id, name, name_key AS "nameKey", enabled, revision, seen_revision AS "seenRevision", description, platform, category, status,
   tags, tag_keys AS "tagKeys", capability_keys AS "capabilityKeys", production_safe AS "productionSafe",
   requires_approval AS "requiresApproval"`,
  'tools',
)
const versions = await rows(
  'id, tool_id AS "toolId", version, sort_key AS "sortKey", status, digest, definition, created_by AS "createdBy"',
  'tool_versions',
)
const capabilities = await rows(
  'id, version_id AS "versionId", name, name_key AS "nameKey", description, position, extensions',
  'capabilities',
)
const patterns = await rows(
  `id, capability_id AS "capabilityId", version_id AS "versionId", name, name_key AS "nameKey", description, position,
   use_cases AS "useCases", time_estimate_ms AS "timeEstimateMs", cost_estimate AS "costEstimate",
   complexity_score AS "complexityScore", scope, completeness, limitations, max_cost AS "maxCost",
   requires_approval AS "requiresApproval", production_safe AS "productionSafe", max_execution_time AS "maxExecutionTime",
   preference_match AS "preferenceMatch", required_inputs AS "requiredInputs", optional_inputs AS "optionalInputs",
   expected_outputs AS "expectedOutputs", details, extensions`,
  'patterns',
)
await source.end()

const prisma = createPrisma()
await prisma.tool.count()
const started = performance.now()
await prisma.$transaction(
  async (transaction) => {
    await transaction.tool.createMany({ data: tools })
    await transaction.toolVersion.createMany({ data: versions })
    await transaction.capability.createMany({ data: capabilities })
    await transaction.pattern.createMany({ data: patterns })
    await transaction.$executeRaw`UPDATE tools SET latest_version_id = v.id FROM tool_versions v WHERE v.tool_id = tools.id`
  },
  // Five seconds by default: too short for this many.
  { timeout: 1_800_000, maxWait: 10_000 },
)
process.stdout.write(JSON.stringify({ tools: tools.length, ms: performance.now() - started }))
await prisma.$disconnect()
