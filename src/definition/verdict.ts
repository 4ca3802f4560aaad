/** The contract a caller programs against, how it acts and what it costs, or what only people read. */
type DifferenceKind = 'spec' | 'behaviour' | 'metadata'

/** Whether a difference breaks a caller of the version before, better first. `maybe` takes a person who knows the callers. */
const BREAKING = ['no', 'maybe', 'yes'] as const
type Breaking = (typeof BREAKING)[number]

/** What a difference means for those who use the version before. */
export interface Verdict {
  readonly kind: DifferenceKind
  readonly breaking: Breaking
  /** Why, in plain words: one short sentence without a full stop. */
  readonly reason: string
}

export const spec = (breaking: Breaking, reason: string): Verdict => ({ kind: 'spec', breaking, reason })
export const behaviour = (breaking: Breaking, reason: string): Verdict => ({ kind: 'behaviour', breaking, reason })
export const metadata = (reason: string): Verdict => ({ kind: 'metadata', breaking: 'no', reason })

const MOST_REASONS = 3

/** One verdict for several differences that are said as one: as bad as the worst of them, for its reasons. */
export function worst(kind: DifferenceKind, verdicts: readonly Verdict[], otherwise: string): Verdict {
  const breaking = BREAKING.findLast((level) => verdicts.some((verdict) => verdict.breaking === level))
  if (breaking === undefined) return { kind, breaking: 'no', reason: otherwise }
  const reasons = [...new Set(verdicts.filter((verdict) => verdict.breaking === breaking).map(({ reason }) => reason))]
  const rest = reasons.length > MOST_REASONS ? '; and more' : ''
  return { kind, breaking, reason: `${reasons.slice(0, MOST_REASONS).join('; ')}${rest}` }
}
