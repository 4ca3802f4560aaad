import type { Listeners, ProfileStatus } from './listeners.ts'

/**
 * What can be said of the profiles: `ready` while the server is followed, `stale` when it has been away for longer than a
 * moment, `error` when somebody has to do something. They are served in every case.
 */
export class Health {
  readonly #listeners: Listeners
  readonly #graceMs: number
  #status: ProfileStatus = 'stale'
  #reason = 'starting'
  #grace: NodeJS.Timeout | undefined
  #cause = ''

  /** @param graceMs how long the server may be away before that is said, in milliseconds */
  constructor(listeners: Listeners, graceMs: number) {
    this.#listeners = listeners
    this.#graceMs = graceMs
  }

  get status(): ProfileStatus {
    return this.#status
  }

  get reason(): string {
    return this.#reason
  }

  ready(): void {
    this.#stopWaiting()
    this.#become('ready', '')
  }

  /** The server is not followed at the moment. An error stays one until the server is followed again. */
  away(reason: string): void {
    this.#cause = reason
    if (this.#status !== 'ready' || this.#grace) return
    this.#grace = setTimeout(() => this.stale(this.#cause), this.#graceMs).unref()
  }

  /** It is known already that the server is away, or will be from now on. */
  stale(reason: string): void {
    this.#stopWaiting()
    this.#become('stale', reason)
  }

  failed(reason: string): void {
    this.#stopWaiting()
    this.#become('error', reason)
  }

  #become(status: ProfileStatus, reason: string): void {
    const isNew = this.#status !== status || this.#reason !== reason
    this.#status = status
    this.#reason = reason
    if (isNew) this.#listeners.emit('status', { status, reason })
  }

  #stopWaiting(): void {
    clearTimeout(this.#grace)
    this.#grace = undefined
  }
}
