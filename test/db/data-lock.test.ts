import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DataDirInUseError, type LockHolder, lockDataDir } from '../../src/db/data-lock.ts'
import { closeLater } from '../support/database.ts'
import { type Child, startChild } from './child.ts'

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-lock-'))
  closeLater(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const lockOf = (folder: string) => join(folder, 'lock.json')
const holderOf = (folder: string): LockHolder => JSON.parse(readFileSync(lockOf(folder), 'utf8'))

/** A lock as the process that this once was left it. */
async function leaveStaleLock(folder: string): Promise<LockHolder> {
  const child = startChild('take-lock.ts', [folder])
  expect(await child.line()).toBe('taken')
  await child.kill()
  return holderOf(folder)
}

test('a second opener is refused with the PID of the first, and the lock is free again when it is given back', () => {
  const folder = aFolder()
  const release = lockDataDir(folder, '/tmp/socket')
  expect(() => lockDataDir(folder, '/tmp/other')).toThrow(DataDirInUseError)
  expect(() => lockDataDir(folder, '/tmp/other')).toThrow(new RegExp(`in use by process ${process.pid}\\b`))
  expect(holderOf(folder).socketDir).toBe('/tmp/socket')
  release()
  lockDataDir(folder, '/tmp/other')()
  expect(existsSync(lockOf(folder))).toBe(false)
})

test('a living process keeps its lock, and another process that asks is told its PID', async () => {
  const folder = aFolder()
  const child = startChild('take-lock.ts', [folder])
  expect(await child.line()).toBe('taken')
  expect(() => lockDataDir(folder, '/tmp/socket')).toThrow(new RegExp(`process ${child.process.pid}\\b`))
})

test('the lock of a process that was killed is taken over', async () => {
  const folder = aFolder()
  const stale = await leaveStaleLock(folder)
  const release = lockDataDir(folder, '/tmp/socket')
  expect(holderOf(folder)).toMatchObject({ pid: process.pid, socketDir: '/tmp/socket' })
  expect(stale.pid).not.toBe(process.pid)
  release()
})

test.skipIf(!existsSync('/proc/self/stat'))(
  'a PID that another process has got since does not keep a stale lock alive',
  () => {
    const folder = aFolder()
    writeFileSync(lockOf(folder), JSON.stringify({ pid: process.pid, processStart: '1', socketDir: '/tmp/old' }))
    const release = lockDataDir(folder, '/tmp/socket')
    expect(holderOf(folder).processStart).not.toBe('1')
    release()
  },
)

test.each(['', '{', 'null', '[]', '{"pid":"many"}'])('a lock file that holds %o is taken over', (content) => {
  const folder = aFolder()
  writeFileSync(lockOf(folder), content)
  lockDataDir(folder, '/tmp/socket')()
  expect(existsSync(lockOf(folder))).toBe(false)
})

test('a process that died while it took a lock over is taken over too', async () => {
  const folder = aFolder()
  const stale = await leaveStaleLock(folder)
  writeFileSync(`${lockOf(folder)}.takeover`, JSON.stringify(stale))
  const release = lockDataDir(folder, '/tmp/socket')
  expect(holderOf(folder).pid).toBe(process.pid)
  expect(existsSync(`${lockOf(folder)}.takeover`)).toBe(false)
  release()
})

test('of twenty processes that find a stale lock in the same instant, exactly one gets it', async () => {
  const folder = aFolder()
  await leaveStaleLock(folder)
  const children: Child[] = Array.from({ length: 20 }, () => startChild('take-lock.ts', [folder, 'wait']))
  expect(new Set(await Promise.all(children.map((child) => child.line())))).toEqual(new Set(['ready']))
  for (const child of children) child.process.stdin.write(String(Date.now() + 300))
  const answers = await Promise.all(children.map((child) => child.line()))
  expect(answers.filter((answer) => answer === 'taken')).toHaveLength(1)
  expect(answers.filter((answer) => answer.includes('in use by process'))).toHaveLength(19)
  const winner = children[answers.indexOf('taken')]
  expect(holderOf(folder).pid).toBe(winner?.process.pid)
}, 180_000)
