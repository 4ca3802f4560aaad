import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { EmbeddedRelay } from './embedded-relay.ts'

/**
 * The embedded PostgreSQL, in a thread of its own: PGlite runs each statement synchronously, and on the main thread one
 * insert of 50,000 rows stops every request for 1.6 s.
 */
export interface EmbeddedWorkerData {
  readonly pgDir: string
  readonly socketPath: string
}

/** PGlite has no background checkpointer; without these the whole WAL since initdb is replayed at the next start. */
const CHECKPOINT_CHECK_MS = 5_000
const CHECKPOINT_MOST_MS = 60_000
const CHECKPOINT_WAL_BYTES = 16 * 1024 * 1024

const { pgDir, socketPath } = workerData as EmbeddedWorkerData
const db = await PGlite.create({ dataDir: pgDir, extensions: { pg_trgm } })
const relay = new EmbeddedRelay(db)
let checkpointLsn = await walPosition()
let checkpointAt = performance.now()

await relay.listen(socketPath)
let isChecking = false
const timer = setInterval(() => void takeTurn(), CHECKPOINT_CHECK_MS)
parentPort?.on('message', (message) => {
  if (message === 'stop') void stop()
})
parentPort?.postMessage('ready')

async function takeTurn(): Promise<void> {
  if (isChecking) return
  isChecking = true
  try {
    await relay.runInTurn(checkpointIfDue)
  } catch (error) {
    process.stderr.write(`No checkpoint of the embedded database: ${String(error)}\n`)
  } finally {
    isChecking = false
  }
}

async function checkpointIfDue(): Promise<void> {
  const written = (await walPosition()) - checkpointLsn
  const isDue = written > CHECKPOINT_WAL_BYTES || performance.now() - checkpointAt > CHECKPOINT_MOST_MS
  if (written > 0 && isDue) await checkpoint()
}

async function checkpoint(): Promise<void> {
  await db.exec('CHECKPOINT')
  checkpointLsn = await walPosition()
  checkpointAt = performance.now()
}

/** Bytes of write-ahead log ever written. */
async function walPosition(): Promise<number> {
  const { rows } = await db.query<{ lsn: string }>(
    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text AS lsn",
  )
  return Number(rows[0]?.lsn ?? 0)
}

async function stop(): Promise<void> {
  clearInterval(timer)
  await relay.close()
  await db.exec('CHECKPOINT')
  await db.close()
  fsyncTree(pgDir)
  parentPort?.postMessage('stopped')
  parentPort?.close()
}

/** PGlite runs with fsync off; a clean stop is made durable here. */
function fsyncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) fsyncTree(path)
    else if (entry.isFile()) fsyncFile(path)
  }
}

function fsyncFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
