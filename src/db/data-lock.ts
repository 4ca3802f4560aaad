import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Who holds an embedded data directory, and where others on this machine may reach its database. */
export interface LockHolder {
  readonly pid: number
  /** Start time of that process in the kernel's ticks, where the system tells it: PIDs are reused, this pair is not. */
  readonly processStart: string | undefined
  /** Folder of the Unix socket that answers PostgreSQL's protocol. */
  readonly socketDir: string
}

export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError'
  constructor(
    readonly dataDir: string,
    readonly holder: LockHolder,
  ) {
    super(
      `The embedded database in ${dataDir} is in use by process ${holder.pid}. ` +
        'Stop that process, or set DATA_DIR or DATABASE_URL for this one.',
    )
  }
}

/**
 * Take the data directory for this process. Two openers of one PGlite directory corrupt it silently, so a living
 * holder is never robbed, however long it has been quiet; a dead one's lock is taken over.
 * @returns a function that gives the directory back
 * @throws DataDirInUseError
 */
export function lockDataDir(dataDir: string, socketDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = join(dataDir, 'lock.json')
  const own: LockHolder = { pid: process.pid, processStart: processStart(process.pid), socketDir }
  const draft = join(dataDir, `lock.${process.pid}.tmp`)
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 })
  try {
    for (let attempt = 0; ; attempt++) {
      if (tryLink(draft, lock)) return () => releaseLock(lock, own)
      const holder = readHolder(lock)
      if ((holder && isAlive(holder)) || attempt >= 5) throw new DataDirInUseError(dataDir, holder ?? own)
      discardStale(lock, holder)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** `link` fails when the target exists, and the target appears with its whole content: an atomic create. */
function tryLink(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/** Two processes may find the same stale lock: the one whose rename brings a fresh lock away puts it back. */
function discardStale(lock: string, stale: LockHolder | undefined): void {
  const aside = `${lock}.stale.${process.pid}`
  try {
    renameSync(lock, aside)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  if (JSON.stringify(readHolder(aside)) !== JSON.stringify(stale)) tryLink(aside, lock)
  rmSync(aside, { force: true })
}

function releaseLock(lock: string, own: LockHolder): void {
  const holder = readHolder(lock)
  if (holder?.pid === own.pid && holder.processStart === own.processStart) rmSync(lock, { force: true })
}

function readHolder(lock: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as LockHolder
  } catch {
    return undefined
  }
}

function isAlive(holder: LockHolder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    // EPERM: it lives, under another user.
    if (!hasCode(error, 'EPERM')) return false
  }
  const start = processStart(holder.pid)
  return start === undefined || holder.processStart === undefined || start === holder.processStart
}

/** Field 22 of /proc/PID/stat (proc(5)); the second field may hold spaces and ends at the last parenthesis. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}
