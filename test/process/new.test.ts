import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { validateText } from '../../src/definition/validate.ts'
import { runCommand } from '../support/process.ts'

let folder: string
/** Nothing listens there, so that suggestions come from the starter catalog. */
const NO_SERVER = { TOOL_CATALOG_URL: 'http://127.0.0.1:9/graphql' }
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tool-catalog-new-'))
})

const runNew = (args: readonly string[], environment: Record<string, string> = {}) =>
  runCommand(['new', ...args], { ...NO_SERVER, ...environment })

/** A program of that name that writes down how it was called. */
function aProgram(name: string, script: string): Record<string, string> {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\necho "$# $*" >> '${folder}/calls'\n${script}\n`)
  chmodSync(file, 0o755)
  return { PATH: `${folder}:${process.env.PATH}` }
}

function isRunning(pid: string): boolean {
  try {
    return existsSync(`/proc/${pid}/cwd`) && readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] !== 'Z'
  } catch {
    // It went between the two.
    return false
  }
}

test('a template becomes a file that is valid under --strict, and never replaces one that is there', async () => {
  const file = join(folder, 'report.yaml')
  const args = ['--template', 'simple-command', 'disk-report', '--set', 'command=df', '--output', file]
  const { code, output } = await runNew([...args, '--set', 'description=Say: "how full"'])
  expect(output).toContain(`disk-report 1.0.0 is in ${file} now`)
  expect(output).toMatch(/own words \(say --set KEY=VALUE for others\): platform, category/)
  expect(code).toBe(0)
  const text = readFileSync(file, 'utf8')
  expect(validateText(text)).toMatchObject({ problems: [], document: { description: 'Say: "how full"' } })
  const again = await runNew(args)
  expect(again.code).toBe(1)
  expect(again.output).toContain(
    `${file} is there already. Choose another file with --output, or replace it with --force.`,
  )
  expect(readFileSync(file, 'utf8')).toBe(text)
  expect((await runNew([...args, '--force'])).code).toBe(0)
  expect(readFileSync(file, 'utf8')).not.toBe(text)
  expect(readdirSync(folder)).toEqual(['report.yaml'])
})

test('what a template does not have, and what it cannot take, is said, and nothing is saved', async () => {
  const args = ['--template', 'api', 'x', '--output', join(folder, 'x.yaml')]
  const stranger = await runNew([...args, '--set', 'resorce=a'])
  expect(stranger).toMatchObject({
    code: 2,
    output: 'The template api has no placeholder resorce. Did you mean resource?\n',
  })
  const wrong = await runNew([...args, '--set', 'max_execution_time=soon'])
  expect(wrong).toMatchObject({ code: 2, output: '--set max_execution_time must be a number, not "soon"\n' })
  const invalid = await runNew([...args, '--set', 'time_estimate_ms=3 +'])
  expect(invalid.code).toBe(1)
  expect(invalid.output).toContain('error pattern.time_estimate_ms: not an expression: unexpected the end')
  expect(invalid.output).toContain('Nothing was saved.')
  expect((await runNew(['--template', 'api'])).code).toBe(2)
  expect(readdirSync(folder)).toEqual([])
})

test('a tool of the starter catalog is copied, and a slip of its name is noticed', async () => {
  const { code, stdout } = await runNew(['--from', 'GREP', 'ugrep', '--output', '-'])
  expect(code).toBe(0)
  expect(validateText(stdout)).toMatchObject({ problems: [], document: { tool_name: 'ugrep', version: '1.0.0' } })
  const wrong = await runNew(['--from', 'grpe', 'x', '--output', '-'])
  expect(wrong.code).toBe(1)
  expect(wrong.output).toContain('Did you mean grep?')
})

test('--list names every template with what it asks', async () => {
  const { stdout } = await runNew(['--list'])
  for (const line of ['simple-command: One command', 'automation: A change', '  base_url '])
    expect(stdout).toContain(line)
})

test('--from-help runs the program with --help alone, without a shell', async () => {
  const path = aProgram('sift', "echo 'Usage: sift [OPTION]... WHAT'; echo '  -q, --quiet  print nothing'")
  const { code, stdout } = await runNew(['--from-help', 'sift', '--output', '-'], path)
  expect(code).toBe(0)
  expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe('1 --help\n')
  expect(stdout).toContain('# Usage: sift [OPTION]... WHAT\n')
  expect(stdout).toContain('description: "-q, --quiet: print nothing"')
  for (const name of ['sift; touch pwned', '../sift', '-x', '$(touch pwned)', join(folder, 'sift')])
    expect((await runNew([`--from-help=${name}`, '--output', '-'], path)).output).toContain(
      'is not the name of a program',
    )
  expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe('1 --help\n')
})

test('--from-help tries -h when there is nothing else, and ends a program that does not end', async () => {
  const path = aProgram(
    'terse',
    'if [ "$1" = -h ]; then echo "usage: terse [-x]" >&2; exit 2; fi; echo "bad option" >&2; exit 1',
  )
  const { stdout } = await runNew(['--from-help', 'terse', '--output', '-'], path)
  expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe('1 --help\n1 -h\n')
  expect(stdout).toContain('# Usage: terse [-x]\n')
  const hangs = aProgram('hangs', `sleep 60 & echo $! > '${folder}/pid'; wait`)
  const started = performance.now()
  const { code, output } = await runNew(['--from-help', 'hangs', '--output', '-'], hangs)
  expect(output).toContain('hangs has no manual page here, and says nothing to --help.')
  expect(code).toBe(1)
  expect(performance.now() - started).toBeLessThan(50_000)
  const child = readFileSync(join(folder, 'pid'), 'utf8').trim()
  // What is killed is gone when the machine comes to it.
  await expect.poll(() => isRunning(child), { timeout: 5_000 }).toBe(false)
})
