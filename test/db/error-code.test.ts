import { expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { isUnavailable } from '../../src/db/error-code.ts'
import { closeLater, testConfig } from '../support/database.ts'

test('a database whose name nobody knows is away, as when its container is stopped', async () => {
  const database = await openDatabase(testConfig({ DATABASE_URL: 'postgresql://nobody@database.invalid/catalog' }))
  closeLater(() => database.close())
  for (const question of [() => database.pool.query('SELECT 1'), () => database.prisma.tool.count()]) {
    const error = await question().then(
      () => expect.unreachable(),
      (reason: unknown) => reason,
    )
    expect(isUnavailable(error), String(error)).toBe(true)
  }
})

test.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ETIMEDOUT'])(
  '%s of a connection means that the database is away',
  (code) => {
    expect(isUnavailable(Object.assign(new Error('connect'), { code }))).toBe(true)
  },
)

test('a statement that is wrong is a defect, and not an outage', () => {
  expect(isUnavailable(Object.assign(new Error('syntax error'), { code: '42601' }))).toBe(false)
})
