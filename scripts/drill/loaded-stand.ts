import { Load, type LoadOptions } from '../../test/faults/load.ts'
import { seededRandom } from '../../test/faults/random.ts'
import { Stand } from '../../test/faults/stand.ts'
import type { Scene } from './drill.ts'

/** A drill is about coming back, not about how much a busy machine can do. */
const LOAD = { writesPerSecond: 30, watchers: 10, warmUpMs: 2_000 }

/** Servers on a scratch database, with a few tools. */
export async function openStand(
  scene: Scene,
  replicas: number,
  environment: Record<string, string> = {},
): Promise<{ readonly stand: Stand; readonly close: () => Promise<void> }> {
  const { cluster, folder } = scene
  const stand = await Stand.create({ cluster, folder, name: scene.databaseName(), replicas, environment })
  const close = scene.closeLater(() => stand.close())
  const tools = stand.tools.flat().length
  scene.say(`${replicas === 1 ? 'a server' : `${replicas} servers`} on PostgreSQL, with ${tools} tools`)
  return { stand, close }
}

/** Clients that write and follow, until `finish`. */
export async function startLoad(
  scene: Scene,
  stand: Stand,
  label: string,
  more: Pick<LoadOptions, 'targets'> = {},
): Promise<Load> {
  const load = new Load(stand, { random: seededRandom(`${label}/${Date.now()}`), label, ...LOAD, ...more })
  await load.start()
  scene.say(`under load: ${load.said}`)
  return load
}
