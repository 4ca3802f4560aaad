import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../faults/cluster.ts'
import { ROOT } from '../../faults/replica.ts'
import { eventually } from '../../faults/wait.ts'
import { cloneDatabase, closeLater } from '../../support/database.ts'
import { textOf } from '../yaml-files.ts'
import { areThere, run } from './program.ts'

const isThere = areThere({ supervisord: 'supervisor', supervisorctl: 'supervisor' })
/** What Debian calls the user of those who are nobody. */
const NOBODY = 65_534

describe.runIf(isThere && process.getuid?.() === 0)('the server under Supervisor (as root)', () => {
  let folder: string
  let port: number

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tool-catalog-supervisor-'))
    closeLater(() => rmSync(folder, { recursive: true, force: true }))
    port = await freePort()
    const environment = { ...(await cloneDatabase()), PORT: String(port), DRAIN_DELAY_MS: '300', DRAIN_MS: '300' }
    prepare(folder, environment)
    const daemon = run(['supervisord', '-n', '-c', join(folder, 'supervisord.conf')])
    closeLater(() => daemon.child.kill('SIGTERM'))
    expect(await eventually(() => isReady(port), 60_000), daemon.output()).toBe(true)
  })

  const status = async () => {
    const asked = run(['supervisorctl', '-c', join(folder, 'supervisord.conf'), 'status'])
    await asked.exited
    return asked.output()
  }
  const pid = async () => Number(/RUNNING\s+pid (\d+)/.exec(await status())?.[1] ?? 0)

  test('runs as another user than root, and is node itself', async () => {
    expect(await eventually(async () => (await pid()) > 0, 10_000)).toBe(true)
    const own = await pid()
    expect(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${own}/status`, 'utf8'))?.[1]).toBe(String(NOBODY))
    expect(readFileSync(`/proc/${own}/cmdline`, 'utf8').split('\0')).toContain('dist/main.js')
  })

  test('comes back after kill -9', async () => {
    const before = await pid()
    process.kill(before, 'SIGKILL')
    expect(await eventually(async () => (await pid()) > 0 && (await pid()) !== before, 20_000)).toBe(true)
    expect(await eventually(() => isReady(port), 30_000)).toBe(true)
  })

  test('is stopped gracefully, and stays away', async () => {
    const stopping = run(['supervisorctl', '-c', join(folder, 'supervisord.conf'), 'stop', 'tool-catalog'])
    expect(await stopping.exited, stopping.output()).toBe(0)
    const log = () => readFileSync(join(folder, 'tool-catalog.log'), 'utf8')
    // What it printed last, Supervisor reads after it has gone.
    expect(await eventually(() => /SIGTERM: finishing[\s\S]*"Stopped"/.test(log()), 5_000), log()).toBe(true)
    expect(readFileSync(join(folder, 'supervisord.log'), 'utf8')).toContain('stopped: tool-catalog (exit status 0)')
    expect(await status()).toContain('STOPPED')
  })
})

/** The program that we ship, in other folders, and a Supervisor that knows nothing else. */
function prepare(folder: string, environment: Record<string, string>): void {
  const file = join(folder, 'environment')
  writeFileSync(
    file,
    Object.entries(environment)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
  )
  mkdirSync(join(folder, 'data'))
  chownSync(join(folder, 'data'), NOBODY, NOBODY)
  chownSync(file, NOBODY, NOBODY)
  chmodSync(folder, 0o755)
  const program = textOf('deploy/supervisor/tool-catalog.conf')
    .replace('directory=/opt/tool-catalog', `directory=${ROOT}`)
    .replace('/etc/tool-catalog/environment', file)
    .replace('exec node', `exec ${process.execPath}`)
    .replace('user=tool-catalog', 'user=nobody')
    .replace('/var/lib/tool-catalog', join(folder, 'data'))
    .replace('/var/log/tool-catalog.log', join(folder, 'tool-catalog.log'))
  writeFileSync(join(folder, 'tool-catalog.conf'), program)
  writeFileSync(
    join(folder, 'supervisord.conf'),
    `[supervisord]
user=root
logfile=${folder}/supervisord.log
pidfile=${folder}/supervisord.pid
[unix_http_server]
file=${folder}/control
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${folder}/control
[include]
files = ${folder}/tool-catalog.conf
`,
  )
}

async function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/ready`).then(
    ({ ok }) => ok,
    () => false,
  )
}
