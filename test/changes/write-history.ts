import { commit } from '../../src/catalog/commit.ts'
import type { ChangeEvent } from '../../src/changes/change-event.ts'
import type { Database } from '../../src/db/database.ts'
import { aDefinition, aPattern, importAll } from '../support/fixtures.ts'

export interface HistoryTool {
  readonly id: string
  readonly name: string
  readonly platform: string
  readonly capability: string
}

/** Tools of two platforms and three capabilities. @returns them, in one revision */
export async function createTools(database: Database, count = 6): Promise<HistoryTool[]> {
  const wanted = Array.from({ length: count }, (_, index) => {
    return { name: `tool-${index}`, platform: index % 2 ? 'linux' : 'darwin', capability: `capability_${index % 3}` }
  })
  await importAll(
    database,
    wanted.map(({ name, platform, capability }) =>
      aDefinition({
        tool_name: name,
        platform,
        capabilities: { [capability]: { description: 'What it can do.', patterns: { use: aPattern() } } },
      }),
    ),
  )
  const { rows } = await database.pool.query<{ id: string; name: string }>('SELECT id, name FROM tools')
  return wanted.map((tool) => ({ ...tool, id: rows.find(({ name }) => name === tool.name)?.id ?? '' }))
}

/** An event of a tool, as a write of the catalog records it. */
export function anEvent({ id, name }: HistoryTool, more: Partial<ChangeEvent> = {}): ChangeEvent {
  const about = { kind: 'ToolUpdated', toolId: id, toolName: name, version: null, latest: '1.0.0' } as const
  return { ...about, draft: false, before: null, after: { description: 'New.' }, ...more }
}

/** One revision. @returns its number */
export async function write(database: Database, ...events: ChangeEvent[]): Promise<number> {
  const { revision } = await commit(database, { actor: 'tester', source: 'api' }, async ({ record }) => {
    for (const event of events) record(event)
    return null
  })
  return Number(revision)
}

/** Revisions of one to three events each, a third of them drafts, by so many writers at once. */
export async function writeMany(
  database: Database,
  tools: readonly HistoryTool[],
  { writers, revisions }: { readonly writers: number; readonly revisions: number },
): Promise<void> {
  let left = revisions
  const work = async () => {
    while (left-- > 0) {
      const picked = [...tools].sort(() => Math.random() - 0.5).slice(0, 1 + Math.floor(Math.random() * 3))
      await write(database, ...picked.map((tool) => anEvent(tool, { draft: Math.random() < 1 / 3 })))
    }
  }
  await Promise.all(Array.from({ length: writers }, work))
}
