import { on, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Tracing } from '../telemetry/tracing.ts'
import { DataDirInUseError, lockDataDir } from './data-lock.ts'
import type { EmbeddedWorkerData } from './embedded-worker.ts'

/** pg finds `.s.PGSQL.<port>` in the folder that it is given as the host. */
const SOCKET_PORT = 5432

/** A way to the embedded database, as the `pg` client takes it. */
export interface EmbeddedConnection {
  readonly host: string
  readonly port: number
  /** Whether the database belongs to another process. */
  readonly isAttached: boolean
  readonly stop: () => Promise<void>
}

export interface OpenOptions {
  /** Use the embedded database of the process that has the directory open, instead of refusing. */
  readonly mayAttach?: boolean
  /** Called when the embedded database stops by itself: nothing works any more then. */
  readonly onLost?: (error: Error) => void
  /** Where statements are steps of what is under way. */
  readonly tracing?: Tracing | undefined
}

/**
 * Open the embedded database in a worker thread and listen on a Unix socket in a private folder.
 * @throws DataDirInUseError when another process has it open and `mayAttach` is false
 */
export async function openEmbedded(dataDir: string, { mayAttach, onLost }: OpenOptions): Promise<EmbeddedConnection> {
  const folder = resolve(dataDir)
  // Unix socket paths are limited to about 100 bytes, so not under the data directory. mkdtemp makes it 0700.
  const socketDir = mkdtempSync(join(tmpdir(), 'tool-catalog-'))
  const removeSocketDir = () => rmSync(socketDir, { recursive: true, force: true })
  try {
    const unlock = lockDataDir(folder, socketDir)
    const socketPath = join(socketDir, `.s.PGSQL.${SOCKET_PORT}`)
    const stopWorker = await startWorker({ pgDir: join(folder, 'pg'), socketPath }, onLost).catch((error: unknown) => {
      unlock()
      throw error
    })
    const stop = async () => {
      await stopWorker()
      unlock()
      removeSocketDir()
    }
    return { host: socketDir, port: SOCKET_PORT, isAttached: false, stop }
  } catch (error) {
    removeSocketDir()
    if (!mayAttach || !(error instanceof DataDirInUseError)) throw error
    return { host: error.holder.socketDir, port: SOCKET_PORT, isAttached: true, stop: async () => {} }
  }
}

function createWorker(workerData: EmbeddedWorkerData): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./embedded-worker.js', import.meta.url), { workerData })
  // Run from source (tests, `npm run dev`), a thread needs the TypeScript loader registered anew.
  const file = new URL('./embedded-worker.ts', import.meta.url).href
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(file)}) })`
  return new Worker(start, { workerData, eval: true })
}

async function startWorker(data: EmbeddedWorkerData, onLost: OpenOptions['onLost']): Promise<() => Promise<void>> {
  const worker = createWorker(data)
  await messageFrom(worker, 'ready')
  let isStopping = false
  const lost = (error: Error) => !isStopping && onLost?.(error)
  worker.once('error', lost)
  worker.once('exit', (code) => lost(stoppedWith(code)))
  return async () => {
    isStopping = true
    const stopped = messageFrom(worker, 'stopped')
    worker.postMessage('stop')
    await stopped
    await worker.terminate()
  }
}

/** Wait for this message; a worker that fails or ends instead is an error. */
async function messageFrom(worker: Worker, expected: string): Promise<void> {
  const done = new AbortController()
  const { signal } = done
  try {
    await Promise.race([
      once(worker, 'exit', { signal }).then(([code]) => Promise.reject(stoppedWith(code))),
      (async () => {
        for await (const [message] of on(worker, 'message', { signal })) if (message === expected) return
      })(),
    ])
  } finally {
    done.abort()
  }
}

function stoppedWith(code: number): Error {
  return new Error(`The embedded database stopped with exit code ${code}`)
}
