import type { Database } from '../../src/db/database.ts'

export interface Sight {
  readonly role: 'reader' | 'editor'
  readonly filter: { readonly tools?: string[]; readonly platforms?: string[]; readonly capabilities?: string[] }
}

interface TrueEvent {
  readonly revision: number
  readonly position: number
  readonly toolName: string
  readonly draft: boolean
  readonly platforms: readonly string[]
  readonly capabilities: readonly string[]
}

/** What the database has committed, and what of it is for whom. */
export interface Truth {
  readonly head: number
  /** The events of one revision that are for somebody. */
  readonly events: (revision: number, sight: Sight) => { readonly position: number; readonly toolName: string }[]
  /** The revisions that have something for somebody. */
  readonly expected: (sight: Sight) => number[]
}

export async function readTruth({ pool }: Database): Promise<Truth> {
  const { rows: all } = await pool.query<TrueEvent>(
    `SELECT revision::int, position, tool_name AS "toolName", draft, platforms, capabilities
     FROM change_events ORDER BY revision, position`,
  )
  const seen = (sight: Sight) => all.filter((event) => isFor(event, sight))
  return {
    head: all.at(-1)?.revision ?? 0,
    events: (revision, sight) =>
      seen(sight)
        .filter((event) => event.revision === revision)
        .map(({ position, toolName }) => ({ position, toolName })),
    expected: (sight) => [...new Set(seen(sight).map(({ revision }) => revision))],
  }
}

function isFor({ draft, toolName, platforms, capabilities }: TrueEvent, { role, filter }: Sight): boolean {
  if (draft && role === 'reader') return false
  if (filter.tools && !filter.tools.some((name) => name.toLowerCase() === toolName)) return false
  if (filter.platforms && !filter.platforms.some((name) => platforms.includes(name))) return false
  return !filter.capabilities || filter.capabilities.some((name) => capabilities.includes(name))
}
