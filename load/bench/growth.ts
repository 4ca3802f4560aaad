import type { Arena } from './arena.ts'
import { isOurs } from './contestants.ts'
import { median, shuffled } from './medians.ts'
import type { Growth } from './results.ts'

const READS = ['get by name', 'list', 'search by name']
const CONTESTANTS = ['ours-no-response-cache', 'json-agg'] as const
const MICROS = 1_000_000

interface Options {
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
}

/** Processor time of single reads in the smallest and in the largest catalog, turn by turn. */
export async function measureGrowth(
  arenas: readonly [{ tools: number; arena: Arena }, { tools: number; arena: Arena }],
  { rounds, seconds, connections }: Options,
): Promise<Growth[]> {
  const entries = CONTESTANTS.flatMap((contestant) =>
    READS.flatMap((read) =>
      arenas.map(({ tools, arena }) => ({ contestant, read, tools, arena, micros: [] as number[] })),
    ),
  )
  for (let round = 0; round <= rounds; round++) {
    for (const { contestant, read, arena, micros } of shuffled(entries)) {
      if (isOurs(contestant)) await arena.touch()
      const turn = { target: contestant, mode: 'unrepeated', seconds, connections, kind: read, fills: false } as const
      const { cpuSeconds, requests } = await arena.generator.run(turn)
      // The first round is for warming up.
      if (round > 0) micros.push((cpuSeconds / requests) * MICROS)
    }
  }
  return CONTESTANTS.flatMap((contestant) =>
    READS.map((read) => {
      const micros = arenas.map(({ tools }) => {
        const entry = entries.find(
          (each) => each.contestant === contestant && each.read === read && each.tools === tools,
        )
        return median(entry?.micros ?? [])
      })
      const [small, large] = arenas
      return {
        contestant,
        read,
        tools: [small.tools, large.tools],
        cpuMicros: [micros[0] ?? 0, micros[1] ?? 0],
      } as const
    }),
  )
}
