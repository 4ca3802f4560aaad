import { join } from 'node:path'
import { call } from '../../test/faults/call.ts'
import type { Replica } from '../../test/faults/replica.ts'
import type { Stand } from '../../test/faults/stand.ts'
import { eventually } from '../../test/faults/wait.ts'
import { exported, toolCatalog } from './command.ts'
import type { Drill, Scene } from './drill.ts'
import { startFollower } from './follower.ts'
import { openStand } from './loaded-stand.ts'

const AFTER_BACKUP = 12
const PATIENCE_MS = 30_000

export const databaseDamaged: Drill = {
  name: 'database-damaged',
  title: 'tables are gone, and the last backup is restored',
  limitMinutes: 60,
  run: async (scene) => {
    const { stand } = await openStand(scene, 2)
    const [one, other] = stand.replicas
    if (!one || !other) throw new Error('there are two')
    const { options } = stand.database.pool
    const env = { DATABASE_URL: String(options.connectionString), ANONYMOUS_ROLE: 'reader' }
    const file = join(scene.folder, 'catalog.gz')
    const before = await exported(env)
    const backup = await toolCatalog(scene, ['backup', file, '--json'], env)
    const { revision } = JSON.parse(backup.stdout) as { revision: string }
    await writeMore(scene, stand, one)
    const follower = await startFollower(other.url, stand.keys.reader)
    const head = Number(revision) + AFTER_BACKUP
    const lostAt = performance.now()
    await stand.database.pool.query('DROP TABLE patterns, capabilities, tool_versions CASCADE')
    scene.say('somebody has dropped three tables')
    const doctor = await toolCatalog(scene, ['doctor', '--no-history'], env)
    scene.expect(doctor.code === 1 && /missing: .*table patterns/.test(doctor.output), 'doctor says what is missing')
    scene.expect(
      (await toolCatalog(scene, ['backup', `${file}.2`], env)).code === 1,
      'no backup is made of what is left',
    )
    await sayWhatIsLost(scene, stand, Number(revision), head)
    const restore = await toolCatalog(scene, ['restore', file, '--replace', '--yes'], env)
    scene.expect(restore.code === 0, 'the backup is restored, while both servers run')
    const isSaid = restore.stdout.includes(`at revision ${head}: what was written since revision ${revision} is lost`)
    scene.expect(isSaid, 'the command says from where on something is lost')
    await serversAreBack(scene, stand, revision)
    const backMs = performance.now() - lostAt
    scene.expect((await exported(env)) === before, 'the catalog is byte for byte what it was when the backup was made')
    scene.expect(
      await follower.isToldOfAnotherHistory(other.url),
      `a subscriber at revision ${follower.revision()} was told EPOCH_CHANGED`,
    )
    follower.leave()
    scene.expect((await toolCatalog(scene, ['audit', 'verify'], env)).code === 0, 'the audit chain verifies')
    scene.expect((await toolCatalog(scene, ['doctor'], env)).code === 0, 'doctor finds nothing')
    return backMs
  },
}

async function writeMore(scene: Scene, { keys, tools }: Stand, { url }: Replica): Promise<void> {
  for (let count = 0; count < AFTER_BACKUP; count++) {
    const input = { tool: tools[count]?.[0]?.name, description: `Changed after the backup: ${count}.` }
    await call({ url, key: keys.editor }, UPDATE, { input })
  }
  scene.say(`${AFTER_BACKUP} more writes, which no backup has`)
}

const UPDATE =
  'mutation ($input: UpdateToolInput!) { updateTool(input: $input) { ... on MutationSuccess { revision } } }'

/** The history is in tables of its own: what is not in the backup can often still be read, and be done again. */
async function sayWhatIsLost(scene: Scene, { database }: Stand, revision: number, head: number): Promise<void> {
  const { rows } = await database.pool.query<{ revision: number; at: Date; actor: string; what: string }>(
    `SELECT s.revision::int AS revision, s.at, s.actor, (SELECT string_agg(kind || ' ' || tool_name, ', ') FROM change_events e WHERE e.revision = s.revision) AS what
     FROM change_sets s WHERE s.revision > $1 ORDER BY s.revision`,
    [revision],
  )
  const lines = rows.map(({ revision: number, actor, what }) => `revision ${number} by ${actor}: ${what}`)
  scene.say([`${rows.length} revisions are lost, and to be done again:`, ...lines].join('\n'))
  scene.expect(
    rows.length === AFTER_BACKUP && rows.at(-1)?.revision === head,
    'what is lost is known, every write of it',
  )
}

/** Both answer from what was restored, and one of them writes behind it; that is undone again. */
async function serversAreBack(scene: Scene, { replicas, keys }: Stand, revision: string): Promise<void> {
  for (const { url, name } of replicas) {
    const isBack = async () => {
      const answer = await call({ url, key: keys.editor }, '{ tools(first: 1) { totalCount nodes { name } } }').catch(
        () => undefined,
      )
      return answer?.errors === undefined && answer?.extensions?.revision === revision && !answer.extensions.stale
    }
    scene.expect(
      await eventually(isBack, PATIENCE_MS),
      `server ${name} serves revision ${revision}, and was not restarted`,
    )
  }
  const [first] = replicas
  const input = { tool: 'tool-0', enabled: false, dryRun: true }
  const sql = 'mutation ($input: SetToolEnabledInput!) { setToolEnabled(input: $input) { __typename } }'
  const { data } = await call({ url: first?.url ?? '', key: keys.editor }, sql, { input })
  scene.expect(
    data?.setToolEnabled.__typename === 'SetToolEnabledSuccess',
    'the catalog can be written, with the keys of before',
  )
}
