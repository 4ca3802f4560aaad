import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '../../test/faults/call.ts'
import { type Replica, ROOT } from '../../test/faults/replica.ts'
import { eventually, sleep } from '../../test/faults/wait.ts'
import { Balancer } from './balancer.ts'
import type { Drill, Scene } from './drill.ts'
import { openStand, startLoad } from './loaded-stand.ts'

const MIGRATION = '29990101000000_drill'

/** What an additive migration does: older programs do not know of it, and need not. */
const EXPAND = `ALTER TABLE "tools" ADD COLUMN "drill_note" TEXT;
ALTER TABLE "change_sets" ADD COLUMN "drill_ticket" TEXT NOT NULL DEFAULT '';
CREATE TABLE "drill_owners" ("tool_id" UUID NOT NULL REFERENCES "tools"("id") ON DELETE CASCADE, "owner" TEXT NOT NULL);
CREATE INDEX "tools_drill_note_idx" ON "tools"("drill_note");
`
/** Longer than the proxy takes to see that a server is going to stop, on a busy machine, too. */
const DRAIN = { DRAIN_DELAY_MS: '2000' }
const READERS = 4
const READ_EVERY_MS = 50

export const upgrade: Drill = {
  name: 'upgrade',
  title: 'two servers are replaced by the next version, one after the other, and nobody notices',
  limitMinutes: 30,
  run: async (scene) => {
    const { stand } = await openStand(scene, 2, DRAIN)
    const balancer = new Balancer(stand.replicas)
    await balancer.listen()
    scene.closeLater(() => balancer.close())
    const load = await startLoad(scene, stand, 'upgrade', { targets: () => [{ name: 'proxy', url: balancer.url }] })
    const readers = startReaders(balancer.url, stand.keys.reader)
    const next = nextVersion(scene)
    const began = performance.now()
    for (const replica of stand.replicas) await roll(scene, balancer, replica, next)
    await expectMigrated(scene, stand.database.pool)
    const [first] = stand.replicas
    if (first) {
      scene.say('the new version is not liked: one server goes back, on the database of the new one')
      await roll(scene, balancer, first, ROOT)
    }
    const tookMs = performance.now() - began
    await sleep(1_000)
    const reads = await readers.stop()
    const findings = await load.finish()
    scene.expectNone(reads.failed, `${reads.answered} reads, none failed`)
    const attempts = load.writers.records.flatMap((record) => record.attempts)
    const failed = attempts.flatMap(({ outcome, at, ms }) =>
      outcome === 'answered'
        ? []
        : [`${((at - began) / 1_000).toFixed(1)} s after the beginning: ${outcome}, ${Math.round(ms)} ms`],
    )
    scene.expectNone(failed, `${attempts.length} writes, none failed or was sent again`)
    scene.expectNone(
      findings,
      `every subscriber resumed (${load.watchers.reconnections} times in all): each change once, in order`,
    )
    const shares = [...balancer.served].map(([name, count]) => `${name} ${count}`).join(', ')
    scene.say(`requests by server: ${shares}`)
    scene.expectNone(await stand.audit(), 'the audit chain verifies')
    return tookMs
  },
}

/** This build, with one more migration. */
function nextVersion(scene: Scene): string {
  const root = join(scene.folder, 'next-version')
  mkdirSync(root)
  for (const name of ['dist', 'prisma', 'bin', 'catalog', 'package.json', 'schema.graphql', 'definition.schema.json'])
    cpSync(join(ROOT, name), join(root, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  const folder = join(root, 'prisma', 'migrations', MIGRATION)
  mkdirSync(folder)
  writeFileSync(join(folder, 'migration.sql'), EXPAND)
  scene.say(`the next version: this build, and the migration ${MIGRATION}`)
  return root
}

/** SIGTERM, which lets it finish what it has; then the other version in its place. The next one is not touched before that serves. */
async function roll(scene: Scene, balancer: Balancer, replica: Replica, root: string): Promise<void> {
  const { code, ms } = await replica.terminate()
  scene.expect(code === 0, `server ${replica.name} has finished what it had, after ${Math.round(ms)} ms`)
  replica.root = root
  const ready = await replica.start()
  scene.say(
    `server ${replica.name} is ${root === ROOT ? 'the old' : 'the next'} version now, ready after ${Math.round(ready)} ms`,
  )
  scene.expect(await eventually(() => balancer.sendsTo(replica), 30_000), `the proxy sends to ${replica.name} again`)
  await sleep(1_000)
}

interface Queries {
  query(sql: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

async function expectMigrated(scene: Scene, pool: Queries): Promise<void> {
  const { rows } = await pool.query(
    'SELECT FROM _prisma_migrations WHERE migration_name = $1 AND finished_at IS NOT NULL',
    [MIGRATION],
  )
  scene.expect(rows.length === 1, 'the migration was applied once, by the first server of the next version')
}

interface Reads {
  readonly answered: number
  readonly failed: readonly string[]
}

/** Frontends, which do not try again. */
function startReaders(url: string, key: string): { stop(): Promise<Reads> } {
  let isStopped = false
  let answered = 0
  const failed: string[] = []
  const read = async () => {
    while (!isStopped) {
      const began = performance.now()
      const { status, errors } = await call(
        { url, key },
        '{ tools(first: 10) { nodes { name latest { version } } } }',
      ).catch((error: Error) => ({ status: 0, errors: [{ message: error.message }] }))
      if (status === 200 && errors === undefined) answered++
      else failed.push(`after ${Math.round(performance.now() - began)} ms: ${status} ${errors?.[0]?.message ?? ''}`)
      await sleep(READ_EVERY_MS)
    }
  }
  const running = Array.from({ length: READERS }, read)
  return {
    stop: async () => {
      isStopped = true
      await Promise.all(running)
      return { answered, failed }
    },
  }
}
