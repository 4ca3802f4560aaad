/**
 * Revisions are decimal digits in a string, as the API writes them: they may outgrow what a number holds exactly.
 * Without leading zeros the longer one is the higher one.
 */
export function isHigher(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length
}

export function higher(a: string, b: string): string {
  return isHigher(a, b) ? a : b
}

export function lower(a: string, b: string): string {
  return isHigher(a, b) ? b : a
}

/** Before every revision there is. */
export const NO_REVISION = '0'

export function isRevision(text: string): boolean {
  return /^(?:0|[1-9]\d{0,18})$/.test(text)
}
