import { expect, test } from 'vitest'
import { withoutTexts } from '../../src/performance/statement-figures.ts'

test.each([
  ['SELECT $1, 2', 'SELECT $1, 2'],
  ["SELECT 'secret'", "SELECT '…'"],
  ["SELECT 'it''s secret', name", "SELECT '…', name"],
  ["SELECT E'it\\'s secret', name", "SELECT '…', name"],
  ["SELECT 'back\\', name, 'slash'", "SELECT '…', name, '…'"],
  ["SELECT 'cut in the midd", "SELECT '…'"],
  ["SELECT E'cut in the midd\\", "SELECT '…'"],
  ['SELECT $$secret$$, $tag$also $$ secret$tag$, $2', "SELECT '…', '…', $2"],
  ['SELECT $tag$cut', "SELECT '…'"],
  ['SELECT "name" FROM "tools" WHERE "id" IN ($1,$2)', 'SELECT "name" FROM "tools" WHERE "id" IN ($1,$2)'],
])('the texts of %s are not told', (sql, told) => {
  expect(withoutTexts(sql)).toBe(told)
})
