import type { Reader } from '../db/snapshot.ts'

interface Statement {
  readonly label: string
  readonly sql: string
  readonly values: readonly unknown[]
}

/**
 * How the database would run each statement of `work`, as EXPLAIN tells it. `work` is done to find out which they are, and
 * nothing that is remembered keeps it from the database.
 */
export async function explain(reader: Reader, work: (reader: Reader) => Promise<unknown>): Promise<string> {
  const statements: Statement[] = []
  await work({
    sees: reader.sees,
    query: (label, sql, values = []) => {
      statements.push({ label, sql, values })
      return reader.query(label, sql, values)
    },
  })
  const plans: string[] = []
  for (const { label, sql, values } of statements) {
    const rows = await reader.query<{ 'QUERY PLAN': string }>(
      `explain.${label}`,
      `EXPLAIN (FORMAT TEXT) ${sql}`,
      values,
    )
    plans.push([`-- ${label}`, ...rows.map((row) => row['QUERY PLAN'])].join('\n'))
  }
  return plans.join('\n\n')
}
