import { NO_COUNTS } from '../catalog/reload-log.ts'
import { fillEmptyCatalog, type Progress } from '../catalog/starter.ts'
import type { Database, LocalCommit } from '../db/database.ts'
import type { ReloadRecorder } from './recorder.ts'

/** Fill an empty catalog with the starter definitions: a reload like any other, as the history has it. */
export async function loadStarter(database: Database, recorder: ReloadRecorder, onProgress: Progress): Promise<void> {
  const startedAt = new Date()
  const started = performance.now()
  let revision: string | undefined
  const listen = (commit: LocalCommit) => {
    revision = commit.revision
  }
  database.commitListeners.add(listen)
  const created = await fillEmptyCatalog(database, onProgress).finally(() => database.commitListeners.delete(listen))
  // It was not empty: nothing was attempted.
  if (revision === undefined) return
  const done = { startedAt, durationMs: performance.now() - started, revision, files: created, created }
  const about = { trigger: 'startup', outcome: 'succeeded', actor: 'system', message: 'Starter catalog' } as const
  await recorder.record({ ...NO_COUNTS, ...about, ...done })
}
