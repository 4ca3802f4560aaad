import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from './call.ts'
import { freePort } from './cluster.ts'
import { checkInside, createEmbedded, type Embedded } from './embedded.ts'
import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { Replica } from './replica.ts'
import { createKeys } from './stand.ts'

const REFUSED_MS = 2_000
/** EX_TEMPFAIL of sysexits.h. */
const IN_USE = 75
const OPEN_MS = 60_000

/** F13: a second server on the data of the first; locks that a dead process left, and one whose PID lives again. */
export const secondEmbedded: Fault = {
  id: 'F13',
  title: 'a second server on the same embedded database',
  figure: 's until the second one gave up',
  open: async (lab: Lab) => {
    const embedded = await createEmbedded('f13', lab.folder)
    await embedded.server.start(OPEN_MS)
    const { editor } = await embedded.inside(createKeys)
    return {
      run: (context) => runOnce(embedded, editor, lab, context),
      close: async () => {
        const findings = await embedded.inside(checkInside)
        await embedded.remove()
        return findings
      },
    }
  },
}

async function runOnce(embedded: Embedded, key: string, lab: Lab, { number, label }: RunContext): Promise<Outcome> {
  const { server, dataDir } = embedded
  const { ms, code, output } = await startSecond(dataDir, join(lab.folder, 'f13-second.log'))
  const misses = [
    ...(code === IN_USE ? [] : [`the second server ended with ${code}: ${output}`]),
    ...(ms <= REFUSED_MS ? [] : [`late: the second server took ${Math.round(ms)} ms to give up`]),
    ...(output.includes(`process ${server.pid}`) ? [] : [`the second server did not name ${server.pid}: ${output}`]),
    ...(await writeOne(server, key, label)),
  ]
  if (number % 5 === 0) misses.push(...(await takeOver(embedded, number % 10 === 0)))
  return { misses, said: number % 5 === 0 ? 'and a stale lock' : 'second start', figure: ms / 1_000 }
}

async function startSecond(dataDir: string, log: string) {
  const second = new Replica('second', await freePort(), log, { DATA_DIR: dataDir })
  const startedAt = performance.now()
  const child = second.launch()
  let output = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  const late = setTimeout(() => child.kill('SIGKILL'), 30_000)
  const closed = once(child, 'close')
  const [code] = (await once(child, 'exit')) as [number | null]
  const ms = performance.now() - startedAt
  clearTimeout(late)
  // What it said last may come behind its end.
  await closed
  return { ms, code, output }
}

/** The first one goes on as if nothing had been. */
async function writeOne({ url }: Replica, key: string, label: string): Promise<string[]> {
  const text = JSON.stringify({
    tool_name: label,
    version: '1.0.0',
    description: 'd',
    platform: 'linux',
    category: 'system',
  })
  const { data, errors } = await call(
    { url, key },
    `mutation Make($text: String!) { createTool(input: { definition: { text: $text } }) { __typename } }`,
    { text },
  )
  const made = data?.createTool?.__typename
  return made === 'CreateToolSuccess'
    ? []
    : [`the first server does not write any more: ${made} ${JSON.stringify(errors)}`]
}

/** The holder of the lock dies; the next one takes over, also when the PID is somebody else's by then. */
async function takeOver({ server, dataDir, inside }: Embedded, isReused: boolean): Promise<string[]> {
  await server.kill()
  if (isReused) {
    const holder = { pid: process.pid, processStart: '1', socketDir: '/nowhere' }
    writeFileSync(join(dataDir, 'lock.json'), JSON.stringify(holder))
  }
  await server.start(OPEN_MS)
  return inside(checkInside)
}
