import { readFileSync } from 'node:fs'
import type { Replica } from './replica.ts'
import type { Watch } from './watch-socket.ts'

/** How much more memory a process has at its worst than at the beginning, in MiB. */
export class Memory {
  readonly #start: number
  #most: number
  readonly #timer: NodeJS.Timeout

  constructor(replica: Replica) {
    this.#start = this.#most = replica.memory()
    this.#timer = setInterval(() => {
      this.#most = Math.max(this.#most, replica.memory())
    }, 200)
  }

  stop(): number {
    clearInterval(this.#timer)
    return this.#most - this.#start
  }
}

/** The port of our own that a subscription has. */
export function portOf({ socket }: Watch): number {
  // ws has no other way to the connection below it.
  return (socket as unknown as { _socket?: { localPort?: number } })._socket?.localPort ?? 0
}

/** Connections that the server still has to these ports, as the kernel knows them (proc(5), /proc/net/tcp). */
export function connections({ port }: Replica, ports: ReadonlySet<number>): number {
  const ESTABLISHED = '01'
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)
  return rows.filter((row) => {
    const [, local = '', remote = '', state] = row.trim().split(/\s+/)
    return state === ESTABLISHED && portIn(local) === port && ports.has(portIn(remote))
  }).length
}

function portIn(address: string): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16)
}
