import { copyFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '../../test/faults/call.ts'
import { Replica, ROOT } from '../../test/faults/replica.ts'
import { exported, run, toolCatalog } from './command.ts'
import type { Drill, Scene } from './drill.ts'
import { startFollower } from './follower.ts'
import { openStand } from './loaded-stand.ts'

export const siteLost: Drill = {
  name: 'site-lost',
  title: 'everything is gone but a backup file and the repository',
  limitMinutes: 120,
  run: async (scene) => {
    const { stand, close } = await openStand(scene, 1)
    const [server] = stand.replicas
    if (!server) throw new Error('there is one')
    const env = { DATABASE_URL: String(stand.database.pool.options.connectionString), ANONYMOUS_ROLE: 'reader' }
    const away = join(scene.folder, 'another-place.gz')
    const file = join(scene.folder, 'catalog.gz')
    await toolCatalog(scene, ['backup', file], env)
    copyFileSync(file, away)
    const before = await exported(env)
    const head = (await toolCatalog(scene, ['audit', 'verify', '--json'], env)).stdout
    const follower = await startFollower(server.url, stand.keys.reader)
    const lostAt = performance.now()
    rmSync(file)
    await close()
    scene.say('the servers are killed, the database is dropped, the disk with the backup is gone')

    const root = await checkOut(scene)
    const name = scene.databaseName()
    await scene.cluster.administer(`CREATE DATABASE ${name}`)
    scene.closeLater(() => scene.cluster.administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
    const there = { DATABASE_URL: scene.cluster.url(name), ANONYMOUS_ROLE: 'reader' }
    const restore = await toolCatalog(scene, ['restore', away], there, root)
    scene.expect(restore.code === 0, 'the backup from another place is restored into a new database')
    scene.expect((await toolCatalog(scene, ['doctor'], there, root)).code === 0, 'doctor finds nothing')
    const replica = await Replica.create('new', join(scene.folder, 'new.log'), there)
    replica.root = root
    scene.closeLater(() => replica.kill())
    scene.say(`a new server is ready after ${Math.round(await replica.start())} ms`)
    const { data } = await call(
      { url: replica.url, key: stand.keys.editor },
      '{ viewer { role } tools(first: 1) { totalCount } }',
    )
    scene.expect(data?.tools.totalCount === stand.tools.flat().length, 'every tool is served')
    scene.expect(data?.viewer.role === 'EDITOR', 'the keys of before are good')
    const backMs = performance.now() - lostAt

    scene.expect((await exported(there, root)) === before, 'the catalog is byte for byte what it was')
    const verified = await toolCatalog(scene, ['audit', 'verify', '--json'], there, root)
    scene.expect(verified.stdout === head, 'the audit chain verifies, and ends with the hash that was noted')
    scene.expect(
      await follower.isToldOfAnotherHistory(replica.url),
      `a subscriber at revision ${follower.revision()} of the lost site was told EPOCH_CHANGED`,
    )
    follower.leave()
    return backMs
  },
}

/** The program out of git, built. Its packages are those that are installed here: `npm ci` needs the network. */
async function checkOut(scene: Scene): Promise<string> {
  const root = join(scene.folder, 'checkout')
  const steps: [string, string[], string][] = [
    ['git', ['clone', '--quiet', '--depth', '1', `file://${ROOT}`, root], ROOT],
    [process.execPath, ['node_modules/prisma/build/index.js', 'generate'], root],
    [process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], root],
  ]
  for (const [file, args, cwd] of steps) {
    const { code, output } = await run(file, args, cwd)
    if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${output}`)
    if (file === 'git') symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  }
  const { stdout } = await run('git', ['log', '-1', '--format=%h %s'], root)
  scene.say(`the program is checked out of git and built: ${stdout.trim()}`)
  return root
}
