import {
  type EndedReload,
  RELOAD_OUTCOMES,
  RELOAD_TRIGGERS,
  type ReloadOutcome,
  type ReloadTrigger,
} from '../catalog/reload-log.ts'
import { Counts } from './counts.ts'
import { Durations } from './durations.ts'

/** Reloads of this process, since the start. Times are of the wall clock, in milliseconds; 0 is never. */
export class ReloadFigures {
  readonly ended = new Counts<ReloadTrigger, ReloadOutcome>(
    RELOAD_TRIGGERS.map((trigger) => [trigger, ...RELOAD_OUTCOMES]),
  )
  readonly durations = new Durations(RELOAD_TRIGGERS)
  lastSuccessAt = 0
  lastFailureAt = 0
  #pendingSince = 0

  /** Since when something was triggered that has not come to a good end. */
  get pendingSince(): number {
    return this.#pendingSince
  }

  /** There is something to reload. */
  triggered(): void {
    this.#pendingSince ||= Date.now()
  }

  record({
    trigger,
    outcome,
    durationMs,
    tool,
  }: Pick<EndedReload, 'trigger' | 'outcome' | 'durationMs' | 'tool'>): void {
    this.ended.add(trigger, outcome)
    this.durations.record(trigger, durationMs)
    // A write of the API says nothing of the folder.
    if (trigger === 'api') return
    if (outcome === 'failed') this.lastFailureAt = Date.now()
    else {
      this.lastSuccessAt = Date.now()
      // One tool of the folder is not all of it.
      if (tool === undefined) this.#pendingSince = 0
    }
  }
}
