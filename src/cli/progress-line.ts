/** A stream that may be a terminal. */
interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const BAR_WIDTH = 30
/** Most updates a second that a person can use. */
const UPDATE_MS = 50

/** Progress of one task: a bar that redraws itself on a terminal, a plain line at every tenth elsewhere. */
export class ProgressLine {
  readonly #title: string
  readonly #output: Output
  #lastDrawn = Number.NEGATIVE_INFINITY
  #lastTenth = 0
  #isOpen = false

  constructor(title: string, output: Output) {
    this.#title = title
    this.#output = output
  }

  update(done: number, total: number): void {
    const share = total === 0 ? 1 : done / total
    if (this.#output.isTTY) this.#draw(share, done, total)
    else this.#print(share, done, total)
  }

  /** Leave the terminal clean for what comes next. */
  end(): void {
    if (this.#isOpen) this.#output.write('\n')
    this.#isOpen = false
  }

  #draw(share: number, done: number, total: number): void {
    const now = performance.now()
    if (done < total && now - this.#lastDrawn < UPDATE_MS) return
    this.#lastDrawn = now
    this.#isOpen = true
    const filled = Math.round(share * BAR_WIDTH)
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`
    this.#output.write(`\r\u001b[K${this.#title} ${bar} ${done}/${total}`)
  }

  #print(share: number, done: number, total: number): void {
    const tenth = Math.floor(share * 10)
    if (tenth <= this.#lastTenth) return
    this.#lastTenth = tenth
    this.#output.write(`${this.#title}: ${done}/${total}\n`)
  }
}
