import { type Dialect, OURS, POTHOS, SQL } from './dialect.ts'
import { POSTGRAPHILE } from './postgraphile-dialect.ts'

export const DIALECTS = {
  ours: OURS,
  pothos: POTHOS,
  sql: SQL,
  postgraphile: POSTGRAPHILE,
} as const satisfies Record<string, Dialect>
export type DialectName = keyof typeof DIALECTS
