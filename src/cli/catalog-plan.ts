import type { PlanItem } from '../catalog/apply-plan.ts'

/** A plan, or what was carried out, whichever way it came. */
export interface CatalogPlan {
  readonly items: readonly PlanItem[]
  /** Digest of the items. */
  readonly plan: string
  /** Revision that the catalog was at. */
  readonly plannedAt: string
  /** The revision that was made; null for a plan, and when nothing changed. */
  readonly revision: string | null
}

/** What is asked for. */
export interface ApplyRequest {
  readonly source: string
  readonly prune: boolean
  readonly onConflict: 'new-version' | 'overwrite' | 'fail' | 'skip'
  readonly overrideCompatibility: boolean
}

/** Actions that change the catalog, in the order in which they are told. */
export const CHANGES = ['refuse', 'prune', 'deprecate', 'change', 'rename', 'create'] as const

const WORDS = {
  create: 'to create',
  change: 'to change',
  rename: 'to rename',
  deprecate: 'to deprecate',
  prune: 'to prune',
  refuse: 'refused',
  leave: 'left without a file',
  unchanged: 'unchanged',
} as const

export function isChange({ action }: PlanItem): boolean {
  return action !== 'unchanged' && action !== 'leave'
}

/** `1 to create, 2 to change (1 breaking), 5 unchanged`. */
export function summaryOfPlan(items: readonly PlanItem[]): string {
  const order = ['create', 'change', 'rename', 'deprecate', 'prune', 'refuse', 'leave', 'unchanged'] as const
  const counts = order.flatMap((action) => {
    const count = items.filter((item) => item.action === action).length
    return count === 0 ? [] : [`${count} ${WORDS[action]}`]
  })
  const breaking = items.filter((item) => isChange(item) && worstOf(item) === 'yes').length
  const said = breaking > 0 ? [`${breaking} breaking for those who use it`] : []
  return [...counts, ...said].join(', ') || 'no definition'
}

/** How bad it is for those who use the tool now. */
export function worstOf({ action, differences }: PlanItem): 'yes' | 'maybe' | 'no' {
  if (action === 'prune' || differences.some(({ breaking }) => breaking === 'yes')) return 'yes'
  return differences.some(({ breaking }) => breaking === 'maybe') ? 'maybe' : 'no'
}

/** The tool, and what it was called. */
export function nameOf({ tool, renamedFrom }: PlanItem): string {
  return renamedFrom === null ? tool : `${renamedFrom} → ${tool}`
}

/** `1.0.0 → 1.0.1`, or the one version there is. */
export function versionsOf({ previous, version }: PlanItem): string {
  if (version === null) return ''
  return previous === null || previous === version ? version : `${previous} → ${version}`
}
