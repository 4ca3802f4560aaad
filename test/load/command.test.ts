import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findK6, K6_PACKAGE } from '../../load/run/k6-command.ts'
import { readOptions, UsageError } from '../../load/run/options.ts'

const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-k6-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a run is a smoke run on a server of its own, when nothing else is asked for', () => {
  expect(readOptions([])).toEqual({
    plan: { profile: 'smoke', model: 'arrival', stretch: 1, writes: true },
    url: undefined,
    pid: undefined,
    tools: 200,
    builds: true,
    redraw: undefined,
  })
})

test("somebody else's catalog is only changed when that is asked for", () => {
  const url = 'https://catalog.example.org/graphql'
  expect(readOptions(['--url', url]).plan.writes).toBe(false)
  expect(readOptions(['--url', url, '--write', '--pid', '7'])).toMatchObject({ url, pid: 7, plan: { writes: true } })
})

test.each([
  [['--profile', 'nightly'], /smoke, average, stress, spike, soak/],
  [['--profile', 'toString'], /smoke/],
  [['--model', 'open'], /arrival, closed/],
  [['--stretch', '0'], /--stretch/],
  [['--tools', '1.5'], /--tools/],
  [['--tools', '0'], /--tools/],
  [['--url', 'localhost:3005'], /http/],
  [['--write'], /--url/],
  [['--nonsense'], /--nonsense[\s\S]*--profile NAME/],
  [['--help'], /DATABASE_URL/],
])('%j is refused, and what can be said is told', (args, message) => {
  expect(() => readOptions(args)).toThrow(UsageError)
  expect(() => readOptions(args)).toThrow(message)
})

test('k6 is found in PATH, and where Go puts it', () => {
  const goPath = join(folder, 'go')
  mkdirSync(join(goPath, 'bin'), { recursive: true })
  const k6 = join(goPath, 'bin/k6')
  const nowhere = { PATH: '/nonexistent', HOME: folder, GOPATH: '/nonexistent' }
  writeFileSync(k6, '', { mode: 0o644 })
  expect(findK6({ ...nowhere, GOPATH: goPath })).toBeUndefined()
  rmSync(k6)
  writeFileSync(k6, '', { mode: 0o755 })
  expect(findK6({ ...nowhere, GOPATH: goPath })).toBe(k6)
  expect(findK6({ ...nowhere, PATH: `/nonexistent:${goPath}/bin` })).toBe(k6)
  expect(findK6(nowhere)).toBeUndefined()
})

test('without k6 the run fails, and says how to get it', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'load/run.ts'], {
    encoding: 'utf8',
    env: { PATH: '/nonexistent', HOME: folder, GOPATH: '/nonexistent' },
  })
  expect(stderr).toContain('go install go.k6.io/k6@v')
  expect(status).toBe(69)
})

test('CI takes the k6 that we name', () => {
  expect(readFileSync('.ci/run', 'utf8')).toContain(`go install ${K6_PACKAGE}`)
})
