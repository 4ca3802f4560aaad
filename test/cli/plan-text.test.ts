import { expect, test } from 'vitest'
import type { PlanItem } from '../../src/catalog/apply-plan.ts'
import { planMarkdown, planText } from '../../src/cli/plan-text.ts'
import { paintFor } from '../../src/cli/terminal.ts'

const paint = paintFor({ write: () => true })
const item = (fields: Partial<PlanItem>): PlanItem => ({
  action: 'create',
  tool: 'grep',
  version: '1.0.0',
  previous: null,
  renamedFrom: null,
  path: 'grep.yaml',
  detail: null,
  differences: [],
  ...fields,
})
const breaking = {
  path: 'platform',
  before: 'linux',
  after: 'a|b`<b>',
  kind: 'spec',
  breaking: 'yes',
  reason: 'no <b>',
} as const

test('a plan says what is refused and what breaks first, and counts everything', () => {
  const items = [
    item({}),
    item({
      action: 'change',
      tool: 'sed',
      version: '1.0.1',
      previous: '1.0.0',
      path: 'sed.yaml',
      differences: [breaking],
    }),
    item({ action: 'rename', tool: 'new', renamedFrom: 'old', path: 'new.yaml' }),
    item({ action: 'prune', tool: 'gone', version: null, path: null, detail: 'no file holds it any more' }),
    item({ action: 'leave', tool: 'left', version: null, path: null, detail: 'no file' }),
    item({ action: 'unchanged' }),
  ]
  expect(planText(items, paint)).toBe(
    [
      '- prune     gone: no file holds it any more',
      '~ change    sed 1.0.0 → 1.0.1 (sed.yaml)',
      '    BREAKING ~ platform: "linux" → "a|b`<b>"',
      '               no <b>',
      '> rename    old → new 1.0.0 (new.yaml)',
      '+ create    grep 1.0.0 (grep.yaml)',
      '  left      left: no file',
      '1 to create, 1 to change, 1 to rename, 1 to prune, 1 left without a file, 1 unchanged, 2 breaking for those who use it',
      '',
    ].join('\n'),
  )
})

test('the Markdown form keeps its table whole, whatever a definition says', () => {
  const text = planMarkdown([
    item({ action: 'change', previous: '0.9', detail: 'x | <img src=x> @team', differences: [breaking] }),
  ])
  expect(text).toBe(
    [
      '### Tool catalog: 1 to change, 1 breaking for those who use it',
      '',
      '| action | tool | version | breaking | |',
      '|---|---|---|---|---|',
      '| change | `grep` | 0.9 → 1.0.0 | 🔴 breaking | x \\| &lt;img src=x&gt; \\@team |',
      '',
      '<details><summary>grep 0.9 → 1.0.0</summary>',
      '',
      '| breaking | where | before | after | why |',
      '|---|---|---|---|---|',
      '| 🔴 breaking | `platform` | `"linux"` | `"a\\|bˋ<b>"` | no &lt;b&gt; |',
      '',
      '</details>',
      '',
      '',
    ].join('\n'),
  )
  expect(planMarkdown([item({ action: 'unchanged' })])).toBe('### Tool catalog: nothing to change\n')
})
