import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/** The command was called in a way that cannot work. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The person before the terminal has said no, or has pressed Ctrl-C: nothing was changed. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError'
  /** @param isInterrupt whether it was Ctrl-C */
  constructor(readonly isInterrupt: boolean) {
    super('Nothing was changed.')
  }
}

/**
 * Go on only when the person before the terminal agrees.
 * @param yes whether that was said on the command line (`--yes`)
 * @throws UsageError where there is nobody to ask; CancelledError
 */
export async function confirm(question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return
  if (!isTerminal()) throw new UsageError(`${question} There is no terminal to ask at: add --yes.`)
  const answer = await ask(`${question} [y/N] `)
  if (!/^y(es)?$/i.test(answer.trim())) throw new CancelledError(false)
}

/** Ask for something that is not shown while it is typed. @throws CancelledError */
export async function askSecret(question: string): Promise<string> {
  let isAsked = false
  const unseen = new Writable({
    write: (_chunk, _encoding, done) => {
      // What is written first is the empty question: from here on the terminal itself echoes nothing.
      if (!isAsked) process.stderr.write(question)
      isAsked = true
      done()
    },
  })
  const answer = await ask('', unseen)
  process.stderr.write('\n')
  return answer
}

export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/**
 * Ask for one line on standard error, or on another stream.
 * @throws CancelledError at Ctrl-C and at the end of the input
 */
export function ask(question: string, output: NodeJS.WritableStream = process.stderr): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  return new Promise((resolve, reject) => {
    lines.once('SIGINT', () => {
      process.stderr.write('\n')
      reject(new CancelledError(true))
      lines.close()
    })
    // Ctrl-D: the end of the input.
    lines.once('close', () => reject(new CancelledError(true)))
    lines.question(question, (answer) => {
      resolve(answer)
      lines.close()
    })
  })
}
