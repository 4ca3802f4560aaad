/**
 * What one subscriber has seen of the revisions: each is one more than the one before, so what is missing can be counted
 * without asking the server.
 */
export class RevisionTrail {
  /** Where the stream stands; undefined before its first item. */
  last: number | undefined
  /** Revisions that never came. */
  missing = 0
  /** Revisions that came twice, or late. */
  repeated = 0
  readonly #seesAll: boolean

  /** @param seesAll whether nothing is hidden from this subscriber: a bookmark then never skips a revision */
  constructor(seesAll: boolean) {
    this.#seesAll = seesAll
  }

  changeSet(revision: number): void {
    if (this.last !== undefined && revision <= this.last) {
      this.repeated++
      return
    }
    if (this.last !== undefined) this.#skip(revision - this.last - 1)
    this.last = revision
  }

  bookmark(revision: number): void {
    if (this.last !== undefined && revision > this.last) this.#skip(revision - this.last)
    this.last = Math.max(this.last ?? 0, revision)
  }

  /** The stream is over, and the catalog was at this revision: what did not come is missing. */
  end(revision: number): void {
    this.missing += Math.max(0, revision - (this.last ?? 0))
  }

  get gaps(): number {
    return this.missing + this.repeated
  }

  #skip(revisions: number): void {
    if (this.#seesAll) this.missing += revisions
  }
}
