import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Command, Reply, Target, Turn, TurnFigures } from './load-client.ts'

const CLIENT = fileURLToPath(new URL('./load-client.ts', import.meta.url))

/** The process that asks: apart from the servers and from what steers them, and the same for all of them. */
export class LoadGenerator {
  readonly #child: ChildProcess

  constructor() {
    this.#child = fork(CLIENT, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  async prepare(target: Target): Promise<void> {
    await this.#tell({ prepare: target })
  }

  async run(turn: Turn): Promise<TurnFigures> {
    const figures = await this.#tell({ run: turn })
    if (!figures) throw new Error('A turn has figures')
    return figures
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }

  async #tell(command: Command): Promise<TurnFigures | null> {
    const ended = new AbortController()
    const reply = once(this.#child, 'message', { signal: ended.signal }) as Promise<[Reply]>
    const exit = once(this.#child, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`the load generator ended with ${code}`)
    })
    this.#child.send(command)
    try {
      const [message] = await Promise.race([reply, exit])
      if ('failed' in message) throw new Error(message.failed)
      return message.done
    } finally {
      // Whichever of the two did not happen stays silent.
      reply.catch(() => {})
      exit.catch(() => {})
      ended.abort()
    }
  }
}
