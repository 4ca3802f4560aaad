import { checkInside, createEmbedded, type Embedded } from './embedded.ts'
import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import type { WriteRecord } from './history.ts'
import type { OwnTool } from './operations.ts'
import { between, type Random } from './random.ts'
import { createKeys, createTools, type Keys } from './stand.ts'
import { validateWrites } from './validate-log.ts'
import { eventually, sleep } from './wait.ts'
import { Writers } from './writers.ts'

/** The embedded database takes a while to open after a crash, and this is no figure that a test could judge. */
const OPEN_MS = 60_000
const LIGHT = { writers: 1, perSecond: 20 }
const HEAVY = { writers: 10, perSecond: 2_000 }

interface Filled {
  readonly embedded: Embedded
  readonly keys: Keys
  readonly tools: readonly (readonly OwnTool[])[]
}

/** F12: `kill -9` of the server that has the embedded database open: light and heavy load, and in its first start. */
export const killEmbedded: Fault = {
  id: 'F12',
  title: 'kill -9 of a server with the embedded database',
  figure: 's to open it again',
  open: async (lab: Lab) => {
    const embedded = await createEmbedded('f12', lab.folder)
    await embedded.server.start(OPEN_MS)
    const { keys, tools } = await embedded.inside(async (database) => ({
      keys: await createKeys(database),
      tools: await createTools(database),
    }))
    return {
      run: (context) =>
        context.number % 5 === 0 ? killFirstStart(lab, context) : killWriting({ embedded, keys, tools }, context),
      close: async () => {
        const findings = await embedded.inside(checkInside)
        await embedded.remove()
        return findings
      },
    }
  },
}

async function killWriting(filled: Filled, { number, label, random }: RunContext): Promise<Outcome> {
  const { server, inside } = filled.embedded
  const { writers, perSecond } = number % 2 === 0 ? LIGHT : HEAVY
  const editors = new Writers({
    random,
    targets: () => [server],
    key: filled.keys.editor,
    tools: filled.tools.slice(0, writers),
    perSecond,
    label,
  })
  editors.start()
  await eventually(() => editors.acknowledged >= writers, 10_000)
  await sleep(between(random, 0, 700))
  const before = editors.acknowledged
  await server.kill()
  // What was under way is sent again, with the same id, once there is somebody to answer it.
  const [openMs] = await Promise.all([server.start(OPEN_MS), editors.stop()])
  const misses = await inside(async (database) => [
    ...(await checkWrites(database, editors.records, label)),
    ...(await checkInside(database)),
  ])
  const load = number % 2 === 0 ? 'light' : 'heavy'
  return { misses, said: `${load}, ${before} writes before`, figure: openMs / 1_000 }
}

async function checkWrites(
  { pool }: Parameters<typeof checkInside>[0],
  records: readonly WriteRecord[],
  label: string,
): Promise<string[]> {
  const { rows } = await pool.query<{ revision: number; message: string }>(
    'SELECT revision::int AS revision, message FROM change_sets WHERE starts_with(message, $1)',
    [`${label}-`],
  )
  return validateWrites(
    records,
    rows.map((row) => ({ ...row, events: [] })),
  )
}

/** Wherever the first start is ended, the second one gets through. */
async function killFirstStart(lab: Lab, { label, random }: RunContext): Promise<Outcome> {
  const embedded = await createEmbedded(`${label}-first`, lab.folder)
  embedded.server.launch()
  const afterMs = await endSometime(embedded, random)
  const openMs = await embedded.server.start(OPEN_MS)
  const misses = await embedded.inside(checkInside)
  await embedded.remove()
  return { misses, said: `first start, killed after ${afterMs} ms`, figure: openMs / 1_000 }
}

async function endSometime({ server }: Embedded, random: Random): Promise<number> {
  const afterMs = between(random, 200, 5_000)
  await sleep(afterMs)
  await server.kill()
  return afterMs
}
