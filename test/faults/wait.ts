/** What has not come by then is not late: it will not come. In milliseconds. */
export const PATIENCE_MS = 60_000

export async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

/** Look every few milliseconds until it holds; false when it does not within so long. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  withinMs: number,
  everyMs = 20,
): Promise<boolean> {
  const until = performance.now() + withinMs
  for (;;) {
    if (await holds()) return true
    if (performance.now() >= until) return false
    await sleep(everyMs)
  }
}

/** The value that so many percent of the values do not exceed; 0 of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0
}
