import { expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { createLogger } from '../../src/logger.ts'
import { startTestApp } from '../support/app.ts'
import { closeLater, isServer } from '../support/database.ts'
import { joinReloader, makeFolder, startReloader, tool } from './folder.ts'
import { follow, reloadsOf, toolsOf } from './following.ts'

test('of two reloads of the same folder at once, one makes the revision and the other finds it made', async () => {
  const first = await startReloader()
  const second = joinReloader(first.database, first.folder)
  for (let round = 1; round <= 5; round++) {
    for (const name of ['grep', 'sed', 'awk'])
      await first.folder.save(`${name}.yaml`, tool(name, { version: `1.0.${round}` }))
    const reports = await Promise.all([first.reload(), second.reload()])
    expect(reports.map(({ outcome }) => outcome).sort()).toEqual(['succeeded', 'unchanged'])
    expect(reports.map(({ revision }) => revision).find(Boolean)).toBe(String(round))
  }
})

test('what is asked for twice while a reload runs, happens once', async () => {
  const { folder, reload, database } = await startReloader()
  await folder.save('grep.yaml', tool('grep'))
  const asked = await Promise.all(Array.from({ length: 10 }, () => reload({ trigger: 'webhook', actor: 'system' })))
  expect(new Set(asked.map(({ id }) => id)).size).toBeLessThanOrEqual(2)
  expect((await database.pool.query('SELECT FROM reloads')).rowCount).toBeLessThanOrEqual(2)
})

test('what people ask for is not mixed with what another asks for', async () => {
  const { reload } = await startReloader()
  const [first, second] = await Promise.all([reload({ message: 'mine' }), reload({ message: 'yours' })])
  expect(first?.id).not.toBe(second?.id)
})

test('after a stop nothing is reloaded', async () => {
  const { folder, reload, reloader, served } = await startReloader()
  await folder.save('grep.yaml', tool('grep'))
  const waiting = reload()
  await reloader.stop()
  await expect(waiting).rejects.toThrow('stopping')
  await expect(reload()).rejects.toThrow('stopping')
  expect(await served()).toEqual({})
})

test.runIf(isServer())(
  'two replicas follow one folder: one revision for a save, no failure, and each tells of both',
  async () => {
    const folder = makeFolder()
    await folder.save('grep.yaml', tool('grep'))
    const one = await startTestApp({ WATCH_DIR: folder.path })
    const two = await createApp({ config: one.config, logger: createLogger(one.config) })
    closeLater(() => two.stop())
    expect(two.revision).toBe('1')
    const socket = await follow(
      two.url,
      'subscription { reloads(filter: { trigger: FILE_WATCH }) { outcome revision } }',
    )
    socket.send({ type: 'ping' })
    await socket.next()
    await folder.save('sed.yaml', tool('sed'))
    const outcomes = [(await socket.next()).payload.data.reloads, (await socket.next()).payload.data.reloads]
    expect(outcomes.map(({ outcome }) => String(outcome)).sort()).toEqual(['SUCCEEDED', 'UNCHANGED'])
    // The history of reloads may tell of it before the log of changes does.
    await expect.poll(() => toolsOf(two.url), { timeout: 5_000 }).toEqual(['grep', 'sed'])
    expect((await reloadsOf(one.url)).filter(({ outcome }) => outcome === 'FAILED')).toEqual([])
  },
)
