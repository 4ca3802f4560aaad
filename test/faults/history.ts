/** What the clients of one run saw. Times are of this process's monotonic clock, in milliseconds. */

export interface WatchFilter {
  readonly tools?: readonly string[]
  readonly platforms?: readonly string[]
  readonly capabilities?: readonly string[]
}

/** One change as a client got it. */
export interface SeenEvent {
  readonly position: number
  readonly kind: string
  readonly toolName: string
  readonly version: string | null
  readonly latest: string | null
}

export type SeenItem =
  | { readonly at: number; readonly kind: 'change'; readonly revision: number; readonly events: readonly SeenEvent[] }
  | { readonly at: number; readonly kind: 'bookmark'; readonly revision: number; readonly epoch: string }
  | {
      readonly at: number
      readonly kind: 'resync'
      readonly reason: string
      readonly compactedRevision: number
      readonly currentRevision: number
      readonly epoch: string
    }

export interface SubscriptionEnd {
  readonly at: number
  /** `refused`: no websocket came about. `left`: the client went by itself. */
  readonly kind: 'complete' | 'error' | 'closed' | 'refused' | 'left'
  /** Close code, HTTP status, or the error's code. */
  readonly code: string
}

/** One subscription, from the attempt to connect to its end. */
export interface SubscriptionRecord {
  readonly watcher: string
  readonly replica: string
  /** Readers are not shown what concerns nothing but drafts. */
  readonly seesDrafts: boolean
  readonly filter: WatchFilter | undefined
  readonly openedAt: number
  /** Undefined: from now on. */
  readonly afterRevision: number | undefined
  /** The highest revision that was known to be committed when the client subscribed. */
  readonly headAtOpen: number
  subscribedAt: number | undefined
  readonly items: SeenItem[]
  end: SubscriptionEnd | undefined
}

export interface Attempt {
  readonly replica: string
  readonly at: number
  readonly ms: number
  /** `answered`, or what stood in the way: the error's code, the status, or how the connection broke. */
  readonly outcome: string
}

/** One write, with every attempt to get it done. Its id is the message of its change set. */
export interface WriteRecord {
  readonly id: string
  readonly operation: string
  readonly attempts: readonly Attempt[]
  /** `unchanged`: answered that there was nothing to do. `unknown`: no attempt was answered. */
  readonly result: 'acknowledged' | 'unchanged' | 'refused' | 'unknown'
  readonly revision: number | undefined
}

/** One revision as the database committed it. */
export interface TrueRevision {
  readonly revision: number
  readonly message: string | null
  readonly events: readonly TrueEvent[]
}

export interface TrueEvent extends SeenEvent {
  readonly draft: boolean
  readonly platforms: readonly string[]
  readonly capabilities: readonly string[]
}
