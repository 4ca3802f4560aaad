import { expect, test } from 'vitest'
import { startFakeCatalog } from './fake-catalog.ts'
import { load, soon, versionsOf } from './loaded.ts'

test('the safety net reads everything anew when the stream has said nothing of a change', async () => {
  const { url, state, followed } = await startFakeCatalog()
  const { profiles, problems } = await load({ url, refreshMs: 20, patienceMs: 20 })
  await soon(() => followed.length).toBe(1)
  state.tools.delete('grep')
  state.revision = 11
  await soon(() => versionsOf(profiles)).toEqual(['find 1.0.0'])
  expect(problems.join()).toContain('the stream did not say so')
})

test('where websockets do not get through, the safety net brings what has changed', async () => {
  const { url, state } = await startFakeCatalog()
  state.greet = (socket) => socket.terminate()
  const { profiles } = await load({ url, refreshMs: 20, patienceMs: 20 })
  state.tools.delete('grep')
  state.revision = 11
  await soon(() => versionsOf(profiles)).toEqual(['find 1.0.0'])
  await soon(() => profiles.status).toBe('stale')
})

test('the safety net waits for a stream that is only late', async () => {
  const { url, asked, state, followed } = await startFakeCatalog()
  const { profiles, problems } = await load({ url, refreshMs: 20, patienceMs: 1_000 })
  const count = (wanted: string) => asked.filter(({ kind }) => kind === wanted).length
  await soon(() => followed.length).toBe(1)
  state.revision = 11
  const before = count('state')
  await soon(() => count('state')).toBeGreaterThan(before)
  await new Promise((resolve) => setTimeout(resolve, 100))
  followed[0]?.item({ __typename: 'Bookmark', revision: '11' })
  await soon(() => profiles.revision).toBe('11')
  // It asks again when it has waited, and has found nothing to do.
  const waiting = count('state')
  await soon(() => count('state')).toBeGreaterThan(waiting)
  expect(problems).toEqual([])
  expect(count('page')).toBe(1)
})
