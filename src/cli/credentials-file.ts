import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { readConfig } from '../config.ts'
import { ServerError } from './server-error.ts'

/** What `tool-catalog login` keeps of one server. */
const Login = z.object({ key: z.string(), actor: z.string(), role: z.string(), savedAt: z.string() })
/** By the endpoint: a key is sent to the server that it was given for, and to no other. */
const Logins = z.record(z.string(), Login)
export type Logins = z.output<typeof Logins>

export function credentialsPath(): string {
  return readConfig().TOOL_CATALOG_CREDENTIALS ?? join(homedir(), '.config', 'tool-catalog', 'credentials.json')
}

/**
 * What is stored, by endpoint; nothing when there is no file.
 * @throws ServerError for a file that others may read, or that is none of ours
 */
export function readLogins(): Logins {
  const path = credentialsPath()
  try {
    // Windows has no such bits; there the profile's folder is private.
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
      throw new ServerError(
        `Other users may read ${path}, which holds keys: chmod 600 it, or log in anew`,
        'credential',
      )
    return Logins.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (error instanceof ServerError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new ServerError(`${path} cannot be read: delete it, and log in anew`, 'credential')
  }
}

/** Whole or not at all, and from its first byte for its owner alone. */
export function writeLogins(logins: Logins): void {
  const path = credentialsPath()
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.tmp`
  writeFileSync(draft, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600 })
  chmodSync(draft, 0o600)
  renameSync(draft, path)
}
