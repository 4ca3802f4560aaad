import type { JsonObject } from '../definition/json.ts'
import { compareVersions } from '../definition/version-order.ts'
import type { Status } from '../definition/vocabulary.ts'
import { isServed } from './stored-tools.ts'

/** A version as far as choosing the latest needs it. */
export interface Choice {
  readonly id: string
  readonly version: string
  readonly status: Status
  /** Its document, where the caller has it anyway. */
  readonly document?: JsonObject | undefined
}

/**
 * Which version a tool serves by default: the one it serves now, unless a higher one has arrived; the highest that is
 * neither draft nor disabled, when that one is served no more; none, while nothing has arrived that may be served. So an old version that arrives late stays in the history, and after
 * a rollback only something higher than the target moves `latest` again.
 * `shown` is what lists show for a tool that serves nothing: its highest published version, else its highest draft.
 * @param arrived ids of the versions that were written or have become served just now
 */
export function chooseLatest(
  versions: readonly Choice[],
  currentId: string | null,
  arrived: ReadonlySet<string>,
): { served: Choice | undefined; shown: Choice } {
  const sorted = [...versions].sort((a, b) => compareVersions(b.version, a.version))
  const current = sorted.find(({ id }) => id === currentId)
  const highest = sorted.find((version) => arrived.has(version.id) && isServed(version))
  const served = chooseServed(sorted, current, highest)
  const shown = served ?? sorted.find(({ status }) => status !== 'draft') ?? sorted[0]
  if (!shown) throw new Error('A tool without versions cannot be written')
  return { served, shown }
}

function chooseServed(sorted: readonly Choice[], current: Choice | undefined, highest: Choice | undefined) {
  if (!current) return highest
  if (!isServed(current)) return sorted.find(isServed)
  return highest && compareVersions(highest.version, current.version) > 0 ? highest : current
}
