import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { ROOT } from './replica.ts'

/** So many definitions, one a line, whose names begin with a label of their own. */
export function writeDefinitions(path: string, label: string, count: number): void {
  const lines = Array.from(
    { length: count },
    (_, index) => `${JSON.stringify(aDefinition(`${label}-${index}`, index))}\n`,
  )
  writeFileSync(path, lines.join(''))
}

function aDefinition(name: string, index: number) {
  const pattern = { description: `Do it to host ${index}.`, time_estimate_ms: '50 + 2 * N', cost_estimate: 1 }
  return {
    tool_name: name,
    version: '1.0.0',
    description: `What host ${index} needs.`,
    platform: 'linux',
    category: 'system',
    capabilities: { control: { description: 'Control it.', patterns: { start: pattern, stop: pattern } } },
  }
}

export interface Command {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
}

/** What the database calls the connections of an import. */
export const IMPORTER = 'importer'

/** `tool-catalog import`, as an operator runs it. */
export function startImport(databaseUrl: string, path: string): Command {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, ['bin/tool-catalog.js', 'import', '--stream', path], {
    cwd: ROOT,
    env: { PATH, HOME, DATABASE_URL: `${databaseUrl}?application_name=${IMPORTER}`, DATABASE_POOL_MIN: '0' },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }))
  return { child, ended }
}
