import type { Viewer } from '../auth/viewer.ts'

/** Who is asking, and from where. */
export interface Caller {
  readonly viewer: Viewer
  /** As `clientAddress` gives it. */
  readonly address: string
}

/** Whom limits hold to account: a credential, wherever it is used from, or else an address. */
export function holderOf({ viewer, address }: Caller): string {
  return viewer.via === 'anonymous' ? address : (viewer.keyId ?? viewer.actor)
}
