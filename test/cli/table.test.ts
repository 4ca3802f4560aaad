import { expect, test } from 'vitest'
import { relativeDate } from '../../src/cli/relative-date.ts'
import { formatTable, formatTexts } from '../../src/cli/table.ts'
import { paintFor } from '../../src/cli/terminal.ts'

const paint = paintFor({ write: () => true })
const columns = [
  { title: 'NAME', cell: ([name]: string[]) => name ?? '' },
  { title: 'TEXT', cell: ([, text]: string[]) => text ?? '' },
  { title: 'END', cell: ([, , end]: string[]) => end ?? '' },
]

test('a table cuts its widest columns to fit, and nothing without a width', () => {
  const rows = [['a', 'x'.repeat(50), 'end']]
  expect(formatTable(columns, rows, { width: undefined, paint })).toContain('x'.repeat(50))
  expect(formatTable(columns, rows, { width: 30, paint })).toBe(
    `NAME  TEXT${' '.repeat(17)}  END\na     ${'x'.repeat(18)}…  end\n`.replace(
      / {17} {2}END/,
      `${' '.repeat(15)}  END`,
    ),
  )
})

test('text goes on under itself where it does not fit, and stays in one line where there is no width', () => {
  const rows: [string, string, string][] = [
    ['ONE', '1', 'several words that go on'],
    ['TWO', '', 'short'],
  ]
  expect(formatTexts(rows, { width: 28, paint })).toBe(
    ['ONE  1  several words that', '        go on', 'TWO     short', ''].join('\n'),
  )
  expect(formatTexts(rows, { width: undefined, paint })).toBe('ONE  1  several words that go on\nTWO     short\n')
})

test('characters that terminals draw two columns wide, or on top of others, are counted so', () => {
  const table = formatTable(
    columns,
    [
      ['日本', 'e\u0301', '.'],
      ['abcd', 'e', '.'],
    ],
    { width: undefined, paint },
  )
  expect(table.split('\n').slice(1)).toEqual(['日本  e\u0301     .', 'abcd  e     .', ''])
})

test('what would move the cursor or turn the direction is written out', () => {
  expect(formatTable(columns, [['a\u001b[2J', 'b\u202e', '.']], { width: undefined, paint })).toContain(
    'a\\u001b[2J  b\\u202e',
  )
})

test.each([
  [20_000, 'just now'],
  [61_000, '1 minute ago'],
  [3 * 3_600_000 + 5_000, '3 hours ago'],
  [50 * 3_600_000, '2 days ago'],
  [65 * 86_400_000, '2 months ago'],
  [800 * 86_400_000, '2 years ago'],
])('%i ms ago is %s', (ms, words) => {
  const now = new Date('2026-06-01T12:00:00Z')
  expect(relativeDate(new Date(now.getTime() - ms).toISOString(), now)).toBe(words)
})
