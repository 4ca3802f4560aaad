import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../faults/replica.ts'
import { areThere } from './programs/program.ts'

const UNIT = join(ROOT, 'deploy/systemd/tool-catalog.service')

describe.runIf(areThere({ 'systemd-analyze': 'systemd' }))('the systemd unit', () => {
  test('says nothing that systemd does not understand', () => {
    // Whatever is wrong is printed, and some of it ends with 0 all the same.
    const output = execFileSync('systemd-analyze', ['verify', '--man=no', UNIT], { encoding: 'utf8', stdio: 'pipe' })
    expect(output).toBe('')
  })

  test('is as closed as a process can be that makes machine code and listens', () => {
    const report = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', UNIT], {
      encoding: 'utf8',
    })
    // 10 is a service without any protection.
    expect(Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(report)?.[1])).toBeLessThanOrEqual(1.5)
  })
})
