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
  const holder = takeLock(lock, own)
  if (holder) throw new DataDirInUseError(dataDir, holder)
  return () => releaseLock(lock, own)
}

/**
 * Make `lock` ours, or say which living process has it. A dead process's lock is replaced under a second lock, which is
 * what keeps two from taking over the same one: a stale lock changes only in the hands of who holds that, and a living
 * one only in its holder's. Should its holder die at just that moment, the second lock is taken over in the same way.
 */
function takeLock(lock: string, own: LockHolder): LockHolder | undefined {
  const draft = `${lock}.${process.pid}.tmp`
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 })
  try {
    while (!tryLink(draft, lock)) {
      const holder = readHolder(lock)
      if (holder === 'gone') continue
      if (isAlive(holder)) return holder
      const takeover = `${lock}.takeover`
      const rival = takeLock(takeover, own)
      if (rival) return rival
      try {
        const left = readHolder(lock)
        if (left !== 'gone' && !isAlive(left)) {
          renameSync(draft, lock)
          return undefined
        }
      } finally {
        rmSync(takeover, { force: true })
      }
    }
    return undefined
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

function releaseLock(lock: string, own: LockHolder): void {
  if (JSON.stringify(readHolder(lock)) === JSON.stringify(own)) rmSync(lock, { force: true })
}

/** Who holds the lock; undefined when its file says nothing readable, as after a power failure. */
function readHolder(lock: string): LockHolder | undefined | 'gone' {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as LockHolder
  } catch (error) {
    return hasCode(error, 'ENOENT') ? 'gone' : undefined
  }
}

function isAlive(holder: LockHolder | undefined): holder is LockHolder {
  if (!Number.isInteger(holder?.pid)) return false
  const { pid, processStart: known } = holder as LockHolder
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, under another user.
    if (!hasCode(error, 'EPERM')) return false
  }
  const start = processStart(pid)
  return start === undefined || known === undefined || start === known
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
