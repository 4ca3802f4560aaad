import { execFileSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isBusy, untilCalm } from '../../test/faults/calm.ts'
import { Replica, ROOT } from '../../test/faults/replica.ts'
import { databaseDamaged } from './database-damaged.ts'
import { type Drill, Scene } from './drill.ts'
import { serviceLost } from './service-lost.ts'
import { siteLost } from './site-lost.ts'
import { upgrade } from './upgrade.ts'

// npm run drill -- NAME: play a disaster on this machine, come back from it, verify and time it. See docs/backup.md.
const DRILLS: readonly Drill[] = [serviceLost, databaseDamaged, siteLost, upgrade]
const names = DRILLS.map(({ name }) => name)

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'no-build': { type: 'boolean', default: false } },
})
const chosen = positionals.includes('all') ? DRILLS : DRILLS.filter(({ name }) => positionals.includes(name))
if (chosen.length === 0 || positionals.some((name) => name !== 'all' && !names.includes(name))) {
  process.stderr.write(
    `Usage: npm run drill -- all | NAME…\nNames: ${names.join(', ')}\nDATABASE_URL names a PostgreSQL server on which databases may be created.\n`,
  )
  process.exit(2)
}
if (!values['no-build'])
  execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' })
const databaseUrl = process.env.DATABASE_URL || 'postgresql://postgres@127.0.0.1:5432/postgres'
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    for (const child of Replica.running) child.kill('SIGKILL')
    process.exit(130)
  })

const lines: string[] = []
let hasFailed = false
for (const drill of chosen) {
  let { ok, line } = await play(drill)
  if (!ok && isBusy()) {
    process.stdout.write(
      `\nOthers have this machine, too (load ${loadavg()[0]?.toFixed(0)}): ${drill.name} is played once more\n`,
    )
    const again = await play(drill)
    ok = again.ok
    line = `${again.line}; played twice`
  }
  lines.push(line)
  hasFailed ||= !ok
}
process.stdout.write(`\n${lines.join('\n')}\n`)
process.exit(hasFailed ? 1 : 0)

async function play(drill: Drill): Promise<{ ok: boolean; line: string }> {
  await untilCalm()
  process.stdout.write(`\n${drill.name}: ${drill.title} (within ${drill.limitMinutes} min)\n`)
  const scene = new Scene(drill.name, databaseUrl)
  const started = performance.now()
  let backMs = Number.POSITIVE_INFINITY
  try {
    backMs = await drill.run(scene)
    scene.expect(backMs <= drill.limitMinutes * 60_000, `back after ${seconds(backMs)} s`)
  } catch (error) {
    scene.expect(false, error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  await scene.close()
  const ok = scene.failures.length === 0
  const back = Number.isFinite(backMs) ? `back after ${seconds(backMs)} s of ${drill.limitMinutes} min` : 'not back'
  const whole = `${seconds(performance.now() - started)} s in all`
  return { ok, line: `${ok ? 'ok    ' : 'FAILED'}  ${drill.name.padEnd(17)} ${back}, ${whole}` }
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1)
}
