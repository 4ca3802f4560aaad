import { check, sleep } from 'k6'
import { ask, READER_KEY } from './ask.ts'
import { pickRead } from './mix.ts'
import { THINK } from './profiles.ts'
import type { Stage } from './stage.ts'

/** One read of the mix. Whoever plays a user thinks before the next one; requests that arrive by themselves do not. */
export function readOnce({ names }: Stage, thinks: boolean): void {
  const { name, query, variables, isAnswer } = pickRead(Math.random)
  const asked = variables(names, Math.random)
  const data = ask<Parameters<typeof isAnswer>[0]>(name, query, asked, READER_KEY)
  check(data, { [`${name}: data is what was asked for`]: (answer) => answer !== undefined && isAnswer(answer, asked) })
  if (thinks) sleep(THINK.least + Math.random() * THINK.more)
}
