import { readProcess } from '../monitor/process-figures.ts'
import type { Arena } from './arena.ts'
import type { Soak } from './results.ts'

const MB = 1_048_576
const MINUTE = 60

/** Our server under the mix, always other requests, minute after minute: does its memory stay flat? */
export async function soak(
  arena: Arena,
  minutes: number,
  connections: number,
  say: (line: string) => void,
): Promise<Soak> {
  const { pid } = arena.server('ours')
  const rssMb: number[] = []
  for (let minute = 0; minute < minutes; minute++) {
    await arena.touch()
    await arena.generator.run({ target: 'ours', mode: 'unrepeated', seconds: MINUTE, connections, fills: false })
    const megabytes = (readProcess(pid)?.rssBytes ?? Number.NaN) / MB
    rssMb.push(megabytes)
    say(`  soak, minute ${minute + 1}: ${Math.round(megabytes)} MB`)
  }
  return { minutes, rssMb }
}
