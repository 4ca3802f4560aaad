import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PEERS } from './contestants.ts'

export interface NodeBinary {
  readonly path: string
  /** Such as `v24.21.0`. */
  readonly version: string
  readonly major: number
}

/**
 * The Node that is meant by `current`, a major version (fetched from npm as a package, once) or a path.
 * @throws Error when it cannot be had
 */
export function findNode(word: string): NodeBinary {
  if (word === 'current') return describe(process.execPath)
  return describe(/^\d+$/.test(word) ? fetchNode(word) : word)
}

function describe(path: string): NodeBinary {
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim()
  return { path, version, major: Number(/^v(\d+)/.exec(version)?.[1]) }
}

/** Beside the peers' packages, so that it goes when they go. */
function fetchNode(major: string): string {
  const folder = join(PEERS, 'node_modules', '.node', major)
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const path = join(folder, 'node_modules', name, 'bin', 'node')
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true })
    execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${major}`], {
      stdio: 'inherit',
    })
  }
  return path
}
