import { askStatistics } from '../monitor/server-statistics.ts'
import { Arena, type ArenaOptions } from './arena.ts'
import { checkAnswers } from './check-answers.ts'
import { type Contestant, chooseContestants, isOurs } from './contestants.ts'
import { measureFirstAnswers } from './first-answer.ts'
import type { Options } from './options.ts'
import type { Cell, Comparison, SizeResults, Soak } from './results.ts'
import { runRounds } from './rounds.ts'
import { soak } from './soak.ts'

/** Everything that is measured with every server up over one catalog: answers compared first, then reads. */
export async function measureSize(
  tools: number,
  arenaOptions: ArenaOptions,
  options: Options,
  say: (line: string) => void,
): Promise<SizeResults> {
  const measuresFirst = options.parts.has('first-answer')
  const contestants = measuresFirst ? withJsonAgg(arenaOptions.contestants) : arenaOptions.contestants
  const arena = await Arena.start({ ...arenaOptions, contestants })
  try {
    const comparisons = await checkAnswers(arena, contestants)
    tellDifferences(comparisons, say)
    const isRight = (server: string) =>
      comparisons.every(({ contestant, differences }) => contestant !== server || differences.length === 0)
    const timed = arenaOptions.contestants.filter(({ server }) => isRight(server))
    const hits = createHitCounter(arena)
    await hits()
    const cells = options.parts.has('reads') ? await runRounds(arena, timed, options, say) : []
    const hitRate = await hits()
    const { answerBytes } = arena
    const firstAnswer = measuresFirst && isRight('json-agg') ? await measureFirstAnswers(arena) : undefined
    const soaked =
      options.soakMinutes > 0 ? await soak(arena, options.soakMinutes, options.connections, say) : undefined
    const rssMb = mostMemory(cells, soaked)
    return { tools, comparisons, cells, hitRate, answerBytes, rssMb, firstAnswer, soak: soaked }
  } finally {
    await arena.stop()
  }
}

/** The first answer is compared with this one's, whoever else takes part. */
function withJsonAgg(contestants: readonly Contestant[]): readonly Contestant[] {
  const isThere = contestants.some(({ server }) => server === 'json-agg')
  return isThere ? contestants : [...contestants, ...chooseContestants(['json-agg'])]
}

function tellDifferences(comparisons: readonly Comparison[], say: (line: string) => void): void {
  for (const { contestant, differences } of comparisons)
    for (const { read, path, ours, theirs } of differences)
      say(`  DIFFERENT: ${contestant}, ${read}: ${path} is ${JSON.stringify(theirs)}, ours ${JSON.stringify(ours)}`)
}

/** Of our server, in any turn. */
function mostMemory(cells: readonly Cell[], soaked: Soak | undefined): number | undefined {
  const turns = cells.filter(({ contestant }) => isOurs(contestant)).flatMap(({ rounds }) => rounds)
  const memory = [...turns.map(({ rssMb }) => rssMb), ...(soaked?.rssMb ?? [])]
  return memory.length > 0 ? Math.max(...memory) : undefined
}

/** Each call gives the part of our response cache's look-ups since the last one that were hits. */
function createHitCounter(arena: Arena): () => Promise<number | undefined> {
  const url = `http://127.0.0.1:${arena.server('ours').port}/graphql`
  let before = { hits: 0, misses: 0 }
  return async () => {
    const statistics = await askStatistics(url, arena.adminKey, 5_000).catch(() => undefined)
    const cache = statistics?.caches.find(({ name }) => /response|answer/i.test(name))
    if (!cache) return undefined
    const [hits, misses] = [cache.hits - before.hits, cache.misses - before.misses]
    before = cache
    return hits + misses > 0 ? hits / (hits + misses) : undefined
  }
}
