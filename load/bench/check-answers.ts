import type { Arena } from './arena.ts'
import type { Ask } from './asks.ts'
import { differences } from './compare.ts'
import type { Contestant, ServerId } from './contestants.ts'
import type { Comparison } from './results.ts'

/** So many questions of the mix are put to everybody: every kind of read comes up often. */
const QUESTIONS = 60

/** Compare every server's answers with ours, value by value. The bare one has none. */
export async function checkAnswers(arena: Arena, contestants: readonly Contestant[]): Promise<Comparison[]> {
  const asks = arena.asks(Math.random)
  const questions = [
    ...asks.pool().slice(0, QUESTIONS / 2),
    ...Array.from({ length: QUESTIONS / 2 }, () => asks.next('unrepeated')),
  ]
  const servers = [...new Set(contestants.map(({ server }) => server))].filter((id) => id !== 'bare' && id !== 'ours')
  const comparisons: Comparison[] = []
  for (const server of servers) comparisons.push(await compare(arena, server, questions))
  return comparisons
}

async function compare(arena: Arena, server: ServerId, questions: readonly Ask[]): Promise<Comparison> {
  const found: Comparison['differences'][number][] = []
  for (const ask of questions) {
    const ours = await arena.answer('ours', ask)
    const theirs = await arena.answer(server, ask).catch((error: unknown) => String(error))
    found.push(...differences(ours, theirs).map((difference) => ({ read: ask.read.name, ...difference })))
  }
  return { contestant: server, answers: questions.length, differences: found.slice(0, 5) }
}
