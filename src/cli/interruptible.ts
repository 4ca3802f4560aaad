import { setTimeout as sleep } from 'node:timers/promises'

/** Somebody has pressed Ctrl-C, or has sent SIGTERM. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
  /** @param exitCode as shells say it: 128 and the number of the signal */
  constructor(
    readonly exitCode: number,
    message = 'Stopped.',
  ) {
    super(message)
  }
}

/** So long what was told to stop may take to leave nothing half done, in milliseconds. */
const PATIENCE_MS = 2_000

/**
 * Let Ctrl-C and SIGTERM end the work with an InterruptedError instead of the process, so that whoever waits can clean up, here and
 * further out. A second one ends the process at once.
 * @param stop makes the work end soon
 */
export async function interruptible<T>(work: () => Promise<T>, stop: () => void = () => {}): Promise<T> {
  let interrupt: (_: NodeJS.Signals, signal: number) => void = () => {}
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = (_name, signal) => reject(new InterruptedError(128 + signal))
  })
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const working = work()
  try {
    return await Promise.race([working, interrupted])
  } catch (error) {
    if (error instanceof InterruptedError) {
      stop()
      await Promise.race([working.catch(() => {}), sleep(PATIENCE_MS)])
    }
    throw error
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}
