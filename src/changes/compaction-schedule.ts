import type { Database } from '../db/database.ts'
import type { Logger } from '../logger.ts'
import { compactHistory, type Retention } from './compact.ts'

/** The first time, soon after the start: a process that is restarted often compacts, too. In milliseconds. */
const FIRST_MS = 60_000

/**
 * Compact the history now and then. Several replicas may: what one has deleted the other does not find.
 * @returns what ends it: a compaction that runs, too, behind its present step
 */
export function scheduleCompaction(
  database: Database,
  retention: Retention,
  intervalMinutes: number,
  logger: Logger,
): () => Promise<void> {
  if (intervalMinutes === 0) return async () => {}
  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let timer = setTimeout(run, Math.min(FIRST_MS, intervalMinutes * 60_000)).unref()
  function run() {
    running = running.then(() => compact(database, retention, logger, stopping.signal))
    timer = setTimeout(run, intervalMinutes * 60_000).unref()
  }
  return () => {
    clearTimeout(timer)
    stopping.abort()
    return running
  }
}

async function compact(database: Database, retention: Retention, logger: Logger, signal: AbortSignal): Promise<void> {
  try {
    const { compactedRevision, deleted } = await compactHistory(database, retention, { signal })
    if (deleted > 0) logger.info({ compactedRevision, deleted }, 'Old events were compacted')
  } catch (error) {
    logger.warn({ err: error }, 'Old events cannot be compacted at the moment')
  }
}
