import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { serialise } from '../../src/definition/serialise.ts'
import { cloneDatabase, closeLater } from '../support/database.ts'
import { aDefinition } from '../support/fixtures.ts'
import { runCommand, start } from '../support/process.ts'
import { type CliCatalog, startCliCatalog, temporaryFolder } from './cli-catalog.ts'

let catalog: CliCatalog
beforeAll(async () => {
  catalog = await startCliCatalog()
  await catalog.create({ tool_name: 'grep', description: `Print ${'very '.repeat(40)}many lines.` })
})

/** The built command in a pseudo-terminal of 80 columns, which util-linux's `script` makes. */
function inTerminal(command: string, environment: Record<string, string> = {}) {
  const shell = `stty cols 80; exec ${process.execPath} bin/tool-catalog.js ${command}`
  const env = { PATH: process.env.PATH ?? '', TERM: 'xterm', ...catalog.environments.editor, ...environment }
  const child = spawn('script', ['-qec', shell, '/dev/null'], { env })
  closeLater(() => child.kill('SIGKILL'))
  let output = ''
  const listeners = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    for (const listener of listeners) listener()
  })
  const code = once(child, 'close').then(([exit]) => exit as number)
  const answer = (question: string, keys: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!output.includes(question)) return
        listeners.delete(look)
        child.stdin.write(keys)
        resolve()
      }
      listeners.add(look)
      look()
    })
  return { answer, code, output: () => output }
}

const exists = async () => (await catalog.read('{ tool(name: "grep") { name } }')).tool !== null

test('a table fits the terminal and has colours, which NO_COLOR and --no-color take away', async () => {
  const coloured = inTerminal('list')
  expect(await coloured.code).toBe(0)
  expect(coloured.output()).toContain('\u001b[36mgrep\u001b[0m')
  for (const plain of [inTerminal('list', { NO_COLOR: '1' }), inTerminal('list --no-color')]) {
    expect(await plain.code).toBe(0)
    const lines = plain.output().split('\r\n')
    expect(lines[1]).toMatch(/^grep .* Print very .*…$/)
    expect(lines[1]?.length).toBeLessThanOrEqual(80)
    expect(plain.output()).not.toContain('\u001b[3')
  }
})

/** A code for colours and weights. */
const STYLE = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`)

test('problems, findings, outcomes and prompts have colours, and --no-color takes them away wherever it stands', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'bad.yaml')
  writeFileSync(file, 'tool_name: bad\n')
  const environment = catalog.databaseEnvironment
  const colour = '\u001b[3'
  for (const command of [`validate ${file}`, `import ${file}`, 'doctor --no-history', 'keys list', 'stats']) {
    const [coloured, plain] = [inTerminal(command, environment), inTerminal(`--no-color ${command}`, environment)]
    expect(await coloured.code).toBe(await plain.code)
    expect(coloured.output(), command).toMatch(STYLE)
    // Other codes may be there: where it takes over a second, a line says so, and is cleared.
    expect(plain.output(), command).not.toMatch(STYLE)
  }
  const asked = inTerminal('new')
  await asked.answer('Name of the tool?', '\u0003')
  await asked.code
  expect(asked.output()).toContain(colour)
  const plain = inTerminal('new --no-color', { FORCE_COLOR: '1' })
  await plain.answer('Name of the tool?', '\u0003')
  await plain.code
  expect(plain.output()).not.toContain(colour)
})

/** Three definitions to check, of which the second comes more than a second after the first has been checked. */
function slowDefinitions(): string {
  const folder = temporaryFolder()
  const [first, second, third] = ['first', 'second', 'third'].map((name) => join(folder, name))
  writeFileSync(String(third), serialise(aDefinition(), 'yaml'))
  execFileSync('mkfifo', [String(first), String(second)])
  // The second can be opened for writing when its reader is there, who is done with the first by then, however busy the machine.
  const feeder = spawn('sh', ['-c', `cat ${third} > ${first}; { sleep 1.3; cat ${third}; } > ${second}`])
  closeLater(() => feeder.kill())
  return `${first} ${second} ${third}`
}

test('what takes over a second shows how far it is, on a terminal as a bar; with --quiet and --json it does not', async () => {
  const bar = inTerminal(`validate ${slowDefinitions()}`)
  expect(await bar.code).toBe(0)
  expect(bar.output()).toMatch(
    /Checking █{20}░{10} 2\/3.*Checking █{30} 3\/3\r\n3 definitions, 0 errors, 0 warnings\r\n/s,
  )
  for (const option of ['--quiet', '--json']) {
    const silent = inTerminal(`validate ${option} ${slowDefinitions()}`)
    expect(await silent.code).toBe(0)
    expect(silent.output()).not.toContain('Checking')
  }
  const { stdout, stderr } = await runCommand(['validate', ...slowDefinitions().split(' ')])
  expect(stdout).toBe('3 definitions, 0 errors, 0 warnings\n')
  expect(stderr).toBe('Checking: 2/3\nChecking: 3/3\n')
})

test('a server that takes its time is waited for by the second, on a terminal alone', async () => {
  const slow = createServer((_, answer) => void setTimeout(() => answer.end('{"data":{"tool":null}}'), 2_500))
  slow.listen(0, '127.0.0.1')
  await once(slow, 'listening')
  closeLater(() => slow.close())
  const { port } = slow.address() as AddressInfo
  const environment = { TOOL_CATALOG_URL: `http://127.0.0.1:${port}/graphql` }
  const waiting = inTerminal('edit grep', environment)
  await waiting.code
  expect(waiting.output()).toContain(`Waiting for http://127.0.0.1:${port}/graphql … 2 s\r\u001b[K`)
  expect((await runCommand(['edit', 'grep'], environment)).output).not.toContain('Waiting')
})

test('delete asks, and deletes only after a yes; no is exit code 1 and Ctrl-C is 130', async () => {
  const no = inTerminal('delete grep')
  await no.answer('Delete the tool grep? [y/N]', 'n\r')
  expect(await no.code).toBe(1)
  expect(no.output()).toContain('Nothing was changed.')
  const interrupted = inTerminal('delete grep')
  await interrupted.answer('Delete the tool grep? [y/N]', '\u0003')
  expect(await interrupted.code).toBe(130)
  expect(await exists()).toBe(true)
  const yes = inTerminal('delete grep')
  await yes.answer('Delete the tool grep? [y/N]', 'y\r')
  expect(await yes.code).toBe(0)
  expect(await exists()).toBe(false)
})

test('login does not show the key that is typed', async () => {
  const { TOOL_CATALOG_KEY: key } = catalog.environments.editor
  const login = inTerminal('login', { TOOL_CATALOG_KEY: '' })
  await login.answer('Key for', `${key}\r`)
  expect(await login.code).toBe(0)
  expect(login.output()).toContain('Signed in at')
  expect(login.output()).not.toContain(key)
})

test('serve starts the server, passes on what it prints, and stops it with the signal that it gets', async () => {
  const environment = { ...(await cloneDatabase()), STARTER_CATALOG: 'false', LOG_FORMAT: 'json' }
  const serving = start('bin/tool-catalog.js', ['serve', '--port', '0'], environment)
  await serving.printed(/"url":"([^"]+)"/)
  const [, url = ''] = /"url":"([^"]+)"/.exec(serving.output()) ?? []
  expect((await fetch(`${new URL(url).origin}/health`)).status).toBe(200)
  serving.child.kill('SIGINT')
  expect(await serving.exited).toBe(0)
  expect(serving.output()).toContain('SIGINT: finishing what is running')
  await expect(fetch(url)).rejects.toThrow()
})
