import { createHash } from 'node:crypto'

/** Where the catalog is. */
export const HEAD = 'SELECT revision::text, epoch FROM catalog_state'

/** Whether it can be a part of another statement. */
export function canStandInFrom(sql: string): boolean {
  return /^\s*(?:SELECT|WITH)\b/i.test(sql)
}

/** The same rows, each with the place of the catalog that it was read at: two columns more, at the end. */
export function withHead(sql: string): string {
  return `SELECT found.*, (SELECT revision::text FROM catalog_state), (SELECT epoch FROM catalog_state) FROM (${sql}) AS found`
}

/** One name for one text, within PostgreSQL's 63 bytes. */
export function statementName(label: string, sql: string): string {
  return `${label.slice(0, 40)}-${createHash('sha1').update(sql).digest('hex').slice(0, 16)}`
}

/** What PostgreSQL cannot hold. */
export function hasNul(value: unknown): boolean {
  return typeof value === 'string' ? value.includes('\0') : Array.isArray(value) && value.some(hasNul)
}
