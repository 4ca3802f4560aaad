/** A text that PostgreSQL cannot hold at all: refused before it reaches the transaction, which the error would end. */
export class ImpossibleTextError extends Error {
  override readonly name = 'ImpossibleTextError'
}

/** The catalog is at another revision than the one that a snapshot was pinned to: what was read so far is of the past. */
export class SnapshotMovedError extends Error {
  override readonly name = 'SnapshotMovedError'
}
