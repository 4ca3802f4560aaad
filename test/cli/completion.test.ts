import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runCommand } from '../support/process.ts'
import { temporaryFolder } from './cli-catalog.ts'

let folder: string
beforeAll(() => {
  folder = temporaryFolder()
})

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout } = await runCommand(['completion', shell])
  expect(code).toBe(0)
  const file = join(folder, `completion.${shell}`)
  writeFileSync(file, stdout)
  return file
}

test('bash completes commands, subcommands, options and their choices, and leaves files to itself', async () => {
  const script = await scriptOf('bash')
  const complete = (...words: string[]) =>
    execFileSync(
      'bash',
      [
        '-c',
        `source "$1"; shift; COMP_WORDS=(tool-catalog "$@"); COMP_CWORD=$#; _tool_catalog; printf "%s\\n" "\${COMPREPLY[@]}"`,
        'bash',
        script,
        ...words,
      ],
      { encoding: 'utf8' },
    )
      .split('\n')
      .filter((word) => word !== '')
  expect(complete('pu')).toEqual(['publish'])
  expect(complete('')).toEqual(expect.arrayContaining(['validate', 'plan', 'apply', 'completion']))
  expect(complete('keys', '')).toEqual(expect.arrayContaining(['create', 'list', 'revoke']))
  expect(complete('keys', 'create', '--ro')).toEqual(['--role'])
  expect(complete('keys', 'create', '--role', 'e')).toEqual(['editor'])
  expect(complete('list', '--sort', '')).toEqual(['name', 'platform', 'category', 'created', 'updated'])
  expect(complete('list', '--json', '--pla')).toEqual(['--platform'])
  expect(complete('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']))
  expect(complete('publish', 'gre')).toEqual([])
})

const has = (shell: string) => spawnSync(shell, ['--version']).status === 0

test.skipIf(!has('zsh'))('zsh takes its script, and completes from it', async () => {
  const script = await scriptOf('zsh')
  const driver = `autoload -U compinit; compinit -u -d ${join(folder, 'dump')}
    source ${script}
    compadd() { [[ $1 == -a ]] && print -l -- \${(P)2} }
    _describe() { print -l -- \${(P)4} }
    _files() { print files }
    words=(tool-catalog "$@"); CURRENT=\${#words}; _tool_catalog`
  const complete = (...words: string[]) => execFileSync('zsh', ['-fc', driver, 'zsh', ...words], { encoding: 'utf8' })
  expect(complete('')).toContain('publish:Publish a definition')
  expect(complete('keys', '')).toContain('revoke:')
  expect(complete('list', '--sort', '')).toBe('name\nplatform\ncategory\ncreated\nupdated\n')
})

test.skipIf(!has('fish'))('fish takes its script, and completes from it', async () => {
  const script = await scriptOf('fish')
  const complete = (line: string) =>
    execFileSync('fish', ['--no-config', '-c', `source ${script}; complete -C ${JSON.stringify(line)}`], {
      encoding: 'utf8',
    })
  expect(complete('tool-catalog pu')).toMatch(/^publish\t/)
  expect(complete('tool-catalog keys ')).toContain('revoke\t')
  expect(complete('tool-catalog list --sort ')).toContain('platform')
})

test('a shell that is not known is wrong usage', async () => {
  expect(await runCommand(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    output: expect.stringContaining('bash, zsh, fish'),
  })
})
