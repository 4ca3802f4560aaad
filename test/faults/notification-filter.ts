const NOTIFICATION = 'A'.charCodeAt(0)
/** Every message of the server has a letter for its type, and a length that counts itself (PostgreSQL manual, 55.7). */
const TYPE_BYTES = 1
const HEADER_BYTES = 5

/** Takes the notifications out of what a PostgreSQL server sends, and leaves the rest as it is. */
export class NotificationFilter {
  #rest: Buffer = Buffer.alloc(0)

  /** @param isLosing whether notifications are taken out at the moment */
  pass(chunk: Buffer, isLosing: boolean): Buffer {
    const bytes = Buffer.concat([this.#rest, chunk])
    const kept: Buffer[] = []
    let at = 0
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + TYPE_BYTES + bytes.readUInt32BE(at + TYPE_BYTES)
      if (end > bytes.length) break
      if (!isLosing || bytes[at] !== NOTIFICATION) kept.push(bytes.subarray(at, end))
      at = end
    }
    this.#rest = bytes.subarray(at)
    return Buffer.concat(kept)
  }
}
