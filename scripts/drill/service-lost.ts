import { call } from '../../test/faults/call.ts'
import type { Load } from '../../test/faults/load.ts'
import { eventually, sleep } from '../../test/faults/wait.ts'
import type { Drill, Scene } from './drill.ts'
import { openStand, startLoad } from './loaded-stand.ts'

/** How long the new server may take, and clients behind it, before the drill gives up, in milliseconds. */
const PATIENCE_MS = 30_000
const READ = '{ tools(first: 1, filter: { enabled: true }) { totalCount } }'
const ENABLED = 'SELECT count(*)::int AS count FROM tools WHERE deleted_at IS NULL AND enabled'

export const serviceLost: Drill = {
  name: 'service-lost',
  title: 'the server is gone, and a new one takes its place',
  limitMinutes: 30,
  run: async (scene) => {
    const { stand } = await openStand(scene, 1)
    const [server] = stand.replicas
    if (!server) throw new Error('there is one')
    const load = await startLoad(scene, stand, 'lost')
    const lostAt = performance.now()
    await server.kill()
    scene.say('kill -9 of the server, in the middle of all that')
    await sleep(500)
    scene.expect((await server.readiness()) === 0, 'nobody answers any more')
    scene.say(`a new process is ready after ${Math.round(await server.start(PATIENCE_MS))} ms`)
    await clientsAreBack(scene, load, lostAt)
    const backMs = performance.now() - lostAt
    await sleep(1_000)
    const findings = await load.finish()
    scene.expectNone(
      findings,
      `${load.writers.acknowledged} acknowledged writes are there, and every subscriber got each change once, in order`,
    )
    scene.expectNone(await stand.audit(), 'the audit chain verifies')
    const { data } = await call({ url: server.url, key: stand.keys.editor }, READ)
    const { rows } = await stand.database.pool.query(ENABLED)
    scene.expect(
      data?.tools.totalCount === rows[0].count,
      `the catalog is served, and whole: ${rows[0].count} tools that are enabled`,
    )
    return backMs
  },
}

/** Subscribers have heard something since, and writes are acknowledged again. */
async function clientsAreBack(scene: Scene, { writers, watchers }: Load, since: number): Promise<void> {
  const before = writers.acknowledged
  const isHeard = () => watchers.current().every(({ openedAt, items }) => openedAt > since && items.length > 0)
  scene.expect(await eventually(isHeard, PATIENCE_MS), `${watchers.current().length} subscribers have resumed`)
  scene.expect(await eventually(() => writers.acknowledged > before + 20, PATIENCE_MS), 'writes are acknowledged again')
}
