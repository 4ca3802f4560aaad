/** What one cache holds, and how often it could help, since the start. */
export interface CacheFigures {
  readonly name: string
  readonly hits: number
  readonly misses: number
  /** Entries that made room for others, or became too old. */
  readonly evictions: number
  readonly entries: number
  readonly bytes: number
  /** Its bound, in bytes. */
  readonly mostBytes: number
}
