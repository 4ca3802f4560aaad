import { randomUUID } from 'node:crypto'
import type { WriteContext } from '../../src/catalog/change-tool.ts'
import { commit } from '../../src/catalog/commit.ts'
import { createTool } from '../../src/catalog/create-tool.ts'
import { updateDraft } from '../../src/catalog/drafts.ts'
import { recordExecutions } from '../../src/catalog/executions.ts'
import { overwriteVersion, publishVersion } from '../../src/catalog/publish-version.ts'
import { restoreTool } from '../../src/catalog/restore-tool.ts'
import { deleteTool, rollbackTool, setToolEnabled, setVersionStatus } from '../../src/catalog/tool-state.ts'
import { updateTool } from '../../src/catalog/update-tool.ts'
import type { Database } from '../../src/db/database.ts'
import { aDefinition, importAll } from '../support/fixtures.ts'

/** Somebody who may do everything, as a request of the API is. */
export function writeContext(database: Database): WriteContext {
  const viewer = { actor: 'key:writer', role: 'admin' as const }
  return { database, viewer, requestId: `request-${randomUUID()}`, compatibility: 'none' }
}

/** Texts that have broken serialisers before; JSON that a database may keep in another way than it came. */
const STRANGE = {
  text: 'a "quoted" line\n\ttab \\ é 漢 😀 \u2028 <&>',
  list: [123456.75, 1.5e-7, -0, 0.1, [], {}, null, true],
}

/**
 * One write of every kind, dry runs, writes that fail and one that is retried among them.
 * @returns how many revisions there are to be
 */
export async function writeEverything(database: Database): Promise<number> {
  const context = writeContext(database)
  const published = (version: string, fields = {}) => aDefinition({ tool_name: 'sed', version, ...fields })
  await importAll(database, [aDefinition(), aDefinition({ version: '2.0.0', zebra: STRANGE, alpha: 1 })])
  await createTool(context, { document: published('1.0.0'), compatibility: 'backward' }, { message: STRANGE.text })
  await updateDraft(context, { tool: 'sed', copyOf: '1.0.0', version: '1.1.0' }, { message: '' })
  await updateDraft(context, { tool: 'sed', document: published('1.1.0', { description: 'New.' }) }, {})
  const publication = { tool: 'sed', status: 'active', moveLatest: true } as const
  await publishVersion(context, { ...publication, version: '1.1.0', overrideCompatibility: false }, {})
  const breaking = published('2.0.0', { capabilities: {} })
  await publishVersion(context, { ...publication, document: breaking, overrideCompatibility: true }, {})
  await rollbackTool(context, { tool: 'sed', toVersion: '1.0.0' }, { once: { clientMutationId: 'a', request: 'r' } })
  await rollbackTool(context, { tool: 'sed', toVersion: '1.0.0' }, { once: { clientMutationId: 'a', request: 'r' } })
  await overwriteVersion(
    context,
    { tool: 'grep', document: aDefinition({ enabled: true, description: 'Over.' }), overrideCompatibility: false },
    {},
  )
  await setVersionStatus(context, { tool: 'grep', version: '1.0.0', status: 'deprecated' }, {})
  await setToolEnabled(context, { tool: 'grep', enabled: false }, {})
  await updateTool(context, { tool: 'grep', name: 'ripgrep', compatibility: 'full', fields: { tags: ['x'] } }, {})
  await deleteTool(context, { tool: 'sed' }, {})
  await restoreTool(context, { tool: 'sed' }, {})
  await deleteTool(context, { tool: 'sed' }, { dryRun: true })
  await setToolEnabled(context, { tool: 'sed', enabled: true }, {})
  await setToolEnabled(context, { tool: 'absent', enabled: true }, {}).catch(() => {})
  await setToolEnabled(context, { tool: 'sed', enabled: false }, { expectedRevision: '1' }).catch(() => {})
  const runs = [
    { tool: 'sed', capability: 'text_search', pattern: 'search_files', actualMs: 5, success: true, variables: {} },
  ]
  await recordExecutions(context, runs, {})
  await importAll(database, [
    aDefinition({ tool_name: 'many' }),
    aDefinition({ tool_name: 'many', version: '2.0.0', status: 'draft' }),
  ])
  await importAll(database, [aDefinition({ tool_name: 'never' })], { dryRun: true })
  await retryOnce(context)
  return 15
}

/** A write whose first attempt ends as a serialisation failure would, after it has done everything. */
async function retryOnce({ database, viewer }: WriteContext): Promise<void> {
  let attempts = 0
  const tool = await database.prisma.tool.findFirstOrThrow({ where: { nameKey: 'many' } })
  await commit(database, { actor: viewer.actor, source: 'startup' }, async ({ tx, record }) => {
    await tx.tool.update({ where: { id: tool.id }, data: { updatedAt: new Date() } })
    const event = { kind: 'ToolUpdated', toolId: tool.id, toolName: tool.name, version: null, latest: null } as const
    record({ ...event, draft: false, before: null, after: { attempt: attempts } })
    if (++attempts === 1) await tx.$executeRaw`DO 'BEGIN RAISE EXCEPTION USING ERRCODE = ''40001''; END'`
    return attempts
  })
}
