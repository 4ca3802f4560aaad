import type { Reader } from '../../src/db/snapshot.ts'

export interface Statement {
  readonly label: string
  readonly sql: string
  readonly values: readonly unknown[]
}

/** A reader that keeps the statements that go through it. */
export function recordingReader(reader: Reader): Reader & { readonly statements: Statement[] } {
  const statements: Statement[] = []
  return {
    statements,
    sees: reader.sees,
    query: (label, sql, values = []) => {
      statements.push({ label, sql, values })
      return reader.query(label, sql, values)
    },
  }
}
