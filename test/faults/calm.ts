import { spawnSync } from 'node:child_process'
import { percentile, sleep } from './wait.ts'

const TRIES = 3
/** About three times what an idle machine of 2020 takes to start Node.js, in milliseconds. */
const BUSY_MS = 150
const PATIENCE_MS = 60_000

/** How long a process takes that does nothing, in milliseconds: figures in seconds say nothing when this is long. */
function startTime(): number {
  const times = Array.from({ length: TRIES }, () => {
    const started = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    return performance.now() - started
  })
  return percentile(times, 50)
}

export function isBusy(): boolean {
  return startTime() > BUSY_MS
}

/** Others work on this machine too: wait until it has time, for a minute at most. */
export async function untilCalm(): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (isBusy() && performance.now() < until) await sleep(1_000)
}
