import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../../faults/replica.ts'
import { textOf } from '../yaml-files.ts'
import { runToEnd } from './program.ts'

export interface Stage {
  readonly base: string
  readonly name: string
  readonly instructions: readonly { readonly word: string; readonly rest: string }[]
}

/** The stages of the Dockerfile, without comments. */
export function readStages(): Stage[] {
  const lines = textOf('Dockerfile')
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const stages: { base: string; name: string; instructions: { word: string; rest: string }[] }[] = []
  for (const line of lines) {
    const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    if (word === '') throw new Error(`not understood: ${line}`)
    const [, base = '', name = 'last'] = /^(\S+)(?: AS (\S+))?$/.exec(word === 'FROM' ? rest : '') ?? []
    if (word === 'FROM') stages.push({ base, name, instructions: [] })
    else stages.at(-1)?.instructions.push({ word, rest })
  }
  return stages
}

/** What the last instruction of this kind says. */
export function said({ instructions }: Stage, word: string): string {
  return instructions.findLast((instruction) => instruction.word === word)?.rest ?? ''
}

/**
 * Do what a stage says, in a folder that stands for its root: COPY from the checkout as `.dockerignore` lets through, or
 * from the folder of a stage before, and RUN with the programs of this machine.
 */
export async function carryOut({ name, instructions }: Stage, folder: string): Promise<void> {
  let workdir = '/'
  mkdirSync(join(folder, name), { recursive: true })
  for (const { word, rest } of instructions) {
    if (word === 'WORKDIR') {
      workdir = rest
      mkdirSync(join(folder, name, workdir), { recursive: true })
    }
    if (word === 'COPY') copy(rest, folder, join(folder, name), workdir)
    if (word === 'RUN')
      await runToEnd(['/bin/sh', '-c', rest], {
        cwd: join(folder, name, workdir),
        env: { HOME: process.env.HOME ?? '/root' },
      })
  }
}

function copy(rest: string, folder: string, root: string, workdir: string): void {
  const words = rest.split(/\s+/)
  const from = words.find((one) => one.startsWith('--from='))?.slice('--from='.length)
  const paths = words.filter((one) => !one.startsWith('--'))
  const target = paths.pop() ?? ''
  for (const path of paths) {
    if (from === undefined && !isLetThrough(path)) throw new Error(`.dockerignore keeps ${path} out of the build`)
    const source = from === undefined ? join(ROOT, path) : join(folder, from, path)
    if (!existsSync(source)) throw new Error(`there is no ${source} to copy`)
    const place = join(target.startsWith('/') ? root : join(root, workdir), target)
    const destination = target.endsWith('/') ? join(place, path) : place
    mkdirSync(dirname(destination), { recursive: true })
    cpSync(source, destination, {
      recursive: true,
      filter: (one) => from !== undefined || isLetThrough(one.replace(`${ROOT}`, '')),
    })
  }
}

/** `.dockerignore`: the last line that fits decides (https://docs.docker.com/build/concepts/context/#dockerignore-files). */
function isLetThrough(path: string): boolean {
  const lines = textOf('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const fits = (pattern: string) => pattern === '*' || path === pattern || path.startsWith(`${pattern}/`)
  const last = lines.findLast((line) => fits(line.replace(/^!/, '')))
  return last?.startsWith('!') ?? true
}
