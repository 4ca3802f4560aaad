import { setTimeout as sleep } from 'node:timers/promises'
import type { WriteContext } from '../../src/catalog/change-tool.ts'
import { createTool } from '../../src/catalog/create-tool.ts'
import { editDraft, updateDraft } from '../../src/catalog/drafts.ts'
import { recordExecutions } from '../../src/catalog/executions.ts'
import { restoreTool } from '../../src/catalog/restore-tool.ts'
import { deleteTool, setToolEnabled } from '../../src/catalog/tool-state.ts'
import { updateTool } from '../../src/catalog/update-tool.ts'
import type { Config } from '../../src/config.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { closeLater } from '../support/database.ts'
import { aDefinition, aPattern, importAll } from '../support/fixtures.ts'
import type { Ask } from './asking.ts'

/** The database of a running app, for what a test's user would write beside it. */
export async function besideApp(config: Config): Promise<Database> {
  const database = await openDatabase(config, { mayAttach: true })
  closeLater(() => database.close())
  return database
}

/** Whoever makes drafts makes nothing else. */
const drafter = (database: Database): WriteContext => {
  return { database, viewer: { actor: 'key:drafter', role: 'editor' }, requestId: 'draft', compatibility: 'none' }
}

/** A run of the pattern that every definition here has. */
const aRun = (tool: string, version: string, fields: JsonObject = {}) => {
  const which = { tool, version, capability: 'text_search', pattern: 'search_files' }
  return { ...which, actualMs: 10, success: true, variables: {}, ...fields }
}

/** What everybody may see. */
export async function publish(database: Database): Promise<void> {
  const older = aDefinition({ version: '0.9.0', description: 'Print lines.' })
  await importAll(database, [aDefinition(), older, aDefinition({ tool_name: 'sed', description: 'Edit text.' })])
  await recordExecutions(drafter(database), [aRun('grep', '1.0.0')], {})
}

/** Content with words, names and places that nothing else has. */
function unheardOf(fields: JsonObject): JsonObject {
  const secret = aPattern({ description: 'Quokka.', typical_use_cases: ['brew zymurgy'] })
  return aDefinition({
    description: 'Zymurgy with grepp.',
    platform: 'secret-platform',
    category: 'secret-category',
    metadata: { tags: ['secret-tag'] },
    capabilities: {
      text_search: { description: 'Find text.', patterns: { search_files: aPattern() } },
      secret_capability: { description: 'Quokka.', patterns: { secret_pattern: secret } },
    },
    ...fields,
  })
}

/** Everything that can be done with drafts: of a tool that is published, and of one that never was. */
export async function writeDrafts(database: Database): Promise<void> {
  const context = drafter(database)
  await updateDraft(context, { tool: 'grep', document: unheardOf({ version: '2.0.0' }) }, { message: 'Zymurgy.' })
  await updateDraft(context, { tool: 'grep', copyOf: '1.0.0', version: '3.0.0' }, {})
  await editDraft(context, { tool: 'grep', version: '2.0.0' }, (document) => ({ ...document, quokka: 'x' }), {})
  await createTool(context, { document: unheardOf({ tool_name: 'hushed', status: 'draft' }) }, {})
  await updateTool(context, { tool: 'hushed', name: 'hush', compatibility: 'full', fields: {} }, {})
  await setToolEnabled(context, { tool: 'hush', enabled: false }, {})
  await setToolEnabled(context, { tool: 'hush', enabled: true }, {})
  await deleteTool(context, { tool: 'hush' }, {})
  await restoreTool(context, { tool: 'hush' }, {})
  const secret = { capability: 'secret_capability', pattern: 'secret_pattern', actualMs: 90_000, success: false }
  const runs = [aRun('grep', '2.0.0', { actualMs: 90_000 }), aRun('hush', '1.0.0'), aRun('grep', '2.0.0', secret)]
  await recordExecutions(
    context,
    runs.map((run) => (run.tool === 'hush' ? { ...run, version: '1.0.0' } : run)),
    {},
  )
}

/** A tool that everybody saw, until it was deleted. */
export async function publishAndDelete(database: Database): Promise<void> {
  await importAll(database, [unheardOf({ tool_name: 'gone' }), unheardOf({ tool_name: 'gone', version: '2.0.0' })])
  await recordExecutions(drafter(database), [aRun('gone', '1.0.0')], {})
  await deleteTool(drafter(database), { tool: 'gone' }, {})
}

/** A change through the API that concerns nothing but a draft, as the history of reloads has it a moment later. */
export async function reloadOfDraft(ask: Ask): Promise<string> {
  await ask('mutation { updateDraft(input: { tool: "grep", copyOf: "1.0.0", version: "4.0.0" }) { __typename } }')
  for (;;) {
    const { data } = (await ask('{ reloads(first: 1) { nodes { id trigger } } }')).body
    const [newest] = data.reloads.nodes
    if (newest?.trigger === 'API') return newest.id
    await sleep(100)
  }
}
