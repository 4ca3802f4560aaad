/** A stream that may be a terminal. */
interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const MOST_BAR = 30
/** Most updates a second that a person can use, in milliseconds. */
const UPDATE_MS = 50
/** What takes less needs no bar, in milliseconds. */
const PATIENCE_MS = 1_000
const CLEAR = '\r\u001b[K'

/**
 * Progress of one task, once it takes longer than a second from its first update on: a bar that redraws itself on a terminal, a
 * plain line at every tenth elsewhere.
 */
export class ProgressLine {
  readonly #title: string
  readonly #output: Output
  readonly #patienceMs: number
  #started: number | undefined
  #isShown = false
  #lastDrawn = Number.NEGATIVE_INFINITY
  #lastTenth = 0
  #isOpen = false

  /** @param patienceMs how long the task may take without anything being shown */
  constructor(title: string, output: Output, patienceMs = PATIENCE_MS) {
    this.#title = title
    this.#output = output
    this.#patienceMs = patienceMs
  }

  update(done: number, total: number): void {
    const now = performance.now()
    this.#started ??= now
    if (now < this.#started + this.#patienceMs) return
    // What comes to light only at its end is no news.
    if (!this.#isShown && done >= total) return
    this.#isShown = true
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
    const counts = `${done}/${total}`
    const room = (this.#output.columns || 80) - this.#title.length - counts.length - 3
    const width = Math.max(0, Math.min(MOST_BAR, room))
    const filled = Math.round(share * width)
    const bar = width === 0 ? '' : ` ${'█'.repeat(filled)}${'░'.repeat(width - filled)}`
    this.#output.write(`${CLEAR}${this.#title}${bar} ${counts}`)
  }

  #print(share: number, done: number, total: number): void {
    const tenth = Math.floor(share * 10)
    if (tenth <= this.#lastTenth) return
    this.#lastTenth = tenth
    this.#output.write(`${this.#title}: ${done}/${total}\n`)
  }
}

/**
 * Wait for work that cannot say how far it is. A terminal shows for how long already, from the first second on, and nothing of
 * it stays; elsewhere nothing is said.
 */
export async function tellWaiting<T>(title: string, output: Output, work: Promise<T>): Promise<T> {
  if (!output.isTTY) return work
  let seconds = 0
  const tell = () => {
    seconds += PATIENCE_MS / 1_000
    output.write(`${CLEAR}${title} … ${seconds} s`.slice(0, CLEAR.length + (output.columns || 80) - 1))
  }
  const timer = setInterval(tell, PATIENCE_MS)
  try {
    return await work
  } finally {
    clearInterval(timer)
    if (seconds > 0) output.write(CLEAR)
  }
}
