const UNITS = [
  ['year', 365.25 * 86_400_000],
  ['month', 30.44 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

const FORMAT = new Intl.RelativeTimeFormat('en', { numeric: 'always' })

/** How long ago, for people: `3 days ago`. Programs get the date itself, with --json. */
export function relativeDate(date: Date | string, now = new Date()): string {
  const ms = new Date(date).getTime() - now.getTime()
  const [unit, length] = UNITS.find((candidate) => Math.abs(ms) >= candidate[1]) ?? []
  return unit === undefined || length === undefined ? 'just now' : FORMAT.format(Math.trunc(ms / length), unit)
}
