import type { Arena } from './arena.ts'
import type { Contestant } from './contestants.ts'
import { isOurs } from './contestants.ts'
import { DatabaseLoad } from './database-load.ts'
import type { TurnFigures } from './load-client.ts'
import { medianOfEach, shuffled } from './medians.ts'
import type { Mode } from './options.ts'
import type { Cell, CellFigures } from './results.ts'

export interface RoundOptions {
  readonly modes: readonly Mode[]
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
}

interface Entry {
  readonly contestant: Contestant
  readonly mode: Mode
  readonly turns: { readonly figures: TurnFigures; readonly databaseSeconds: number }[]
}

const MICROS = 1_000_000
const MB = 1_048_576
/** After so many, what is compiled on the way is compiled. */
const WARM_REQUESTS = 2_000

/** Every contestant in turn, in another order each round, all of their servers up the whole time. */
export async function runRounds(
  arena: Arena,
  contestants: readonly Contestant[],
  options: RoundOptions,
  say: (line: string) => void,
): Promise<Cell[]> {
  const database = await DatabaseLoad.open(arena.database.url)
  const entries: Entry[] = contestants.flatMap((contestant) =>
    contestant.modes.filter((mode) => options.modes.includes(mode)).map((mode) => ({ contestant, mode, turns: [] })),
  )
  try {
    for (const entry of entries) await warmUp(arena, entry, options)
    for (let round = 1; round <= options.rounds; round++) {
      for (const entry of shuffled(entries)) {
        const { result: figures, cpuSeconds } = await database.during(() => takeTurn(arena, entry, options))
        entry.turns.push({ figures, databaseSeconds: cpuSeconds })
        const { requests, seconds } = figures
        const micros = Math.round((figures.cpuSeconds / requests) * MICROS)
        say(
          `  round ${round}: ${entry.contestant.id}, ${entry.mode}: ${micros} µs, ${Math.round(requests / seconds)} req/s`,
        )
      }
    }
  } finally {
    await database.close()
  }
  return entries.map(cellOf)
}

/** Turns that do not count, until enough requests have passed through: at most as many as will count. */
async function warmUp(arena: Arena, entry: Entry, options: RoundOptions): Promise<void> {
  let requests = 0
  for (let turn = 0; turn < options.rounds && requests < WARM_REQUESTS; turn++)
    requests += (await takeTurn(arena, entry, options)).requests
}

async function takeTurn(arena: Arena, { contestant, mode }: Entry, options: RoundOptions): Promise<TurnFigures> {
  // In a small catalog the same lists come up again: a new revision makes ours forget them.
  if (mode !== 'repeated' && isOurs(contestant.id)) await arena.touch()
  return arena.generator.run({
    target: contestant.id,
    mode,
    seconds: options.seconds,
    connections: options.connections,
    fills: mode === 'repeated' && (contestant.keepsAnswers ?? false),
  })
}

function cellOf({ contestant, mode, turns }: Entry): Cell {
  const rounds = turns.map(({ figures, databaseSeconds }) => roundOf(figures, databaseSeconds))
  const requests = turns.reduce((sum, { figures }) => sum + figures.requests, 0)
  return {
    contestant: contestant.id,
    mode,
    median: medianOfEach(rounds),
    rounds,
    requests,
    failed: turns.reduce((sum, { figures }) => sum + figures.failed, 0),
    answerBytes: turns.reduce((sum, { figures }) => sum + figures.answerBytes * figures.requests, 0) / requests,
  }
}

function roundOf(
  { requests, seconds, cpuSeconds, rssBytes, ...times }: TurnFigures,
  databaseSeconds: number,
): CellFigures {
  return {
    cpuMicros: (cpuSeconds / requests) * MICROS,
    databaseMicros: (databaseSeconds / requests) * MICROS,
    requestsPerSecond: requests / seconds,
    p50Ms: times.p50Ms,
    p95Ms: times.p95Ms,
    p99Ms: times.p99Ms,
    rssMb: rssBytes / MB,
  }
}
