import type { ServerResponse } from 'node:http'

/**
 * The JSON of an answer. As a string it is sent once with the least work, as bytes many times: copying a string into bytes of its
 * own takes longer than sending it.
 */
export class AnswerBody {
  /** As sent, in UTF-8. */
  readonly bytes: number
  #content: string | Buffer

  /** @param head and `tail`: what stands around the rest, in ASCII */
  constructor(text: string, head = '', tail = '') {
    // To find out how long it is, V8 puts all of its pieces together: of the rest alone, the ends need no copy.
    this.bytes = head.length + Buffer.byteLength(text) + tail.length
    this.#content = head + text + tail
  }

  /** It will be sent again. */
  settle(): void {
    if (typeof this.#content === 'string') this.#content = Buffer.from(this.#content)
  }

  /** The end of a response whose head has been written. */
  endOf(response: ServerResponse): void {
    if (typeof this.#content !== 'string') response.end(this.#content)
    // Text that is all ASCII is the same in both, and need not be looked at again.
    else response.end(this.#content, this.#content.length === this.bytes ? 'latin1' : 'utf8')
  }

  toString(): string {
    return this.#content.toString()
  }
}
