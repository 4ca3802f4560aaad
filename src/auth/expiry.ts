import { CLOCK_TOLERANCE_S } from './jwt.ts'
import type { Viewer } from './viewer.ts'

/** Ends credentials in time, even when somebody sets the clock back while they are in use. */
export class Expiry {
  /** By the clock that only runs forward, which in turn stands still while the machine sleeps. */
  readonly #ends = new WeakMap<Viewer, number>()

  /** Call it when a viewer has just been made. */
  watch(viewer: Viewer): Viewer {
    const end = endOf(viewer)
    if (end !== undefined) this.#ends.set(viewer, performance.now() + end - Date.now())
    return viewer
  }

  isOver(viewer: Viewer): boolean {
    const end = endOf(viewer)
    if (end === undefined) return false
    return Date.now() >= end || performance.now() >= (this.#ends.get(viewer) ?? Number.POSITIVE_INFINITY)
  }
}

/** Milliseconds since 1970. The issuer of a JWT has another clock than we. */
function endOf({ expiresAt, via }: Viewer): number | undefined {
  return expiresAt && expiresAt.getTime() + (via === 'jwt' ? CLOCK_TOLERANCE_S * 1_000 : 0)
}
