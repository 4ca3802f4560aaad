import { tmpdir } from 'node:os'
import { expect } from 'vitest'
import { readConfig } from '../../src/config.ts'
import type { Database } from '../../src/db/database.ts'
import { examine } from '../../src/doctor/examine.ts'
import type { CheckContext, Finding } from '../../src/doctor/finding.ts'

/** The folder of the embedded database is looked at, whichever it is. */
export const configOf = (environment: Record<string, string>) => readConfig({ DATA_DIR: tmpdir(), ...environment })

const contextOf = (database: Database, more: Partial<CheckContext> = {}): CheckContext => ({
  database,
  config: configOf({ ANONYMOUS_ROLE: 'reader' }),
  now: Date.now,
  onProgress: () => {},
  ...more,
})

export async function examined(database: Database, more: Partial<CheckContext> = {}): Promise<Finding[]> {
  return examine(contextOf(database, more), new Set())
}

/** What is not in order. */
export async function troubles(database: Database, more: Partial<CheckContext> = {}): Promise<Finding[]> {
  return (await examined(database, more)).filter(({ status }) => status === 'failed' || status === 'warning')
}

/** Exactly one thing is wrong, and there is advice. */
export async function expectTrouble(
  database: Database,
  expected: { check: string; status: string; says: RegExp; advice: RegExp },
  more: Partial<CheckContext> = {},
): Promise<void> {
  const found = await troubles(database, more)
  expect(found).toEqual([
    {
      check: expected.check,
      status: expected.status,
      says: expect.stringMatching(expected.says),
      advice: expect.stringMatching(expected.advice),
    },
  ])
}
