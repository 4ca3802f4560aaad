import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OURS, PEERS } from './contestants.ts'

/** Install the peers, and generate their Prisma client, unless that was done for this lock file. */
export function preparePeers(): void {
  const run = (...args: string[]) => execFileSync('npm', args, { cwd: PEERS, stdio: ['ignore', 'inherit', 'inherit'] })
  const installed = join(PEERS, 'node_modules', '.package-lock.json')
  const isCurrent = existsSync(installed) && packages(installed) === packages(join(PEERS, 'package-lock.json'))
  // PostGraphile says that it needs a newer Node than this may be: it gets one.
  if (!isCurrent) run('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error')
  if (!existsSync(join(PEERS, 'node_modules', '.generated', 'dist'))) run('run', '--silent', 'generate')
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>
}

/** What a lock file installs on every platform, as text to compare. */
function packages(file: string): string {
  const { packages: all } = JSON.parse(readFileSync(file, 'utf8')) as LockFile
  const needed = Object.entries(all).filter(([path, { optional }]) => path !== '' && !optional)
  return JSON.stringify(needed.map(([path, { version }]) => `${path}@${version}`).sort())
}

/** Version of an installed package of the peers. */
export function peerVersion(name: string): string {
  return versionIn(join(PEERS, 'node_modules', name, 'package.json'))
}

export function ourVersion(): string {
  return versionIn(join(OURS, 'package.json'))
}

function versionIn(file: string): string {
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}
