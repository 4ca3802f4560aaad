import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ProcessWatch } from '../../src/performance/process-watch.ts'

test('the lag of the event loop is without the time between the samples', async () => {
  const watch = new ProcessWatch()
  const delays = monitorEventLoopDelay({ resolution: 20 })
  delays.enable()
  await sleep(1_000)
  const { eventLoopLagP50Ms } = watch.figures()
  // Node's own figure for the same time has the 20 ms in it.
  expect(Math.abs(delays.percentile(50) / 1e6 - eventLoopLagP50Ms - 20)).toBeLessThan(8)
  delays.disable()
  watch.stop()
})

test('nothing is watched any more when it was stopped', async () => {
  const watch = new ProcessWatch()
  watch.stop()
  const { gcCount } = watch.figures()
  for (let index = 0; index < 50; index++) JSON.parse(JSON.stringify(Array.from({ length: 20_000 }, (_, n) => ({ n }))))
  await sleep(100)
  expect(watch.figures().gcCount).toBe(gcCount)
})
