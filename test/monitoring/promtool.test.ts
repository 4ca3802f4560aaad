import { beforeEach, expect, test } from 'vitest'
import { MONITORING, RULE_TESTS } from './monitoring-files.ts'
import { needs, run } from './programs.ts'

beforeEach((context) => needs(context, 'promtool'))

test.each([
  ['rules', 'alerts.yml'],
  ['config', 'prometheus.yml'],
])('promtool check %s finds nothing wrong with %s', (kind, file) => {
  const { status, output } = run('promtool', ['check', kind, '--lint=all', '--lint-fatal', file], MONITORING)
  expect(status, output).toBe(0)
})

test.each(RULE_TESTS)(
  'each alert of %s fires when it must and is silent when it must be',
  (file) => {
    const { status, output } = run('promtool', ['test', 'rules', file], MONITORING)
    expect(status, output).toBe(0)
  },
  300_000,
)
