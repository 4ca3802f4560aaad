import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import { ROOT } from '../../test/faults/replica.ts'
import type { Scene } from './drill.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly output: string
}

/** A program to its end. */
export function run(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env
  return new Promise((resolve) => {
    const options = { cwd, env: { PATH, HOME, ...env }, maxBuffer: 512 * 1024 * 1024 }
    execFile(file, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, stdout, output: `${stdout}${stderr}`.trim() })
    })
  })
}

/** `tool-catalog`, as an operator types it. */
export async function toolCatalog(
  scene: Scene,
  args: readonly string[],
  env: Record<string, string>,
  root = ROOT,
): Promise<Ended> {
  const ended = await run(process.execPath, ['bin/tool-catalog.js', ...args], root, env)
  const shown = args.map((arg) => (arg.startsWith('/') ? basename(arg) : arg)).join(' ')
  scene.say(`$ tool-catalog ${shown}\n${ended.output}`)
  return ended
}

/** Everything that a catalog exports, without printing it. */
export async function exported(env: Record<string, string>, root = ROOT): Promise<string> {
  return (await run(process.execPath, ['bin/tool-catalog.js', 'export', '--version', 'all'], root, env)).stdout
}
