import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from './call.ts'
import type { Fault, Lab, Outcome, RunContext } from './fault.ts'
import { startImport, writeDefinitions } from './imports.ts'
import { Stand } from './stand.ts'
import { readHead, readTruth } from './truth.ts'

const TOOLS = 40
const AUDIT_EVERY = 25
const NAME = 'f15'

/** F15: the same file again, by the command and by two servers in the same moment. */
export const repeatImport: Fault = {
  id: 'F15',
  title: 'the same import twice, and by two servers at once',
  figure: 's for all of it',
  open: async (lab: Lab) => {
    const cluster = await lab.cluster()
    const stand = await Stand.create({ cluster, folder: lab.folder, name: NAME })
    const path = join(lab.folder, 'f15.jsonl')
    return {
      run: (context) => runOnce(stand, cluster.url(NAME), path, context),
      close: async () => {
        const findings = await stand.audit()
        await stand.close()
        return findings
      },
    }
  },
}

async function runOnce(stand: Stand, url: string, path: string, context: RunContext): Promise<Outcome> {
  const { number, label } = context
  const startedAt = performance.now()
  writeDefinitions(path, label, TOOLS)
  const { head: start } = await readHead(stand.database)
  const answers = await Promise.all(stand.replicas.map(({ url: api }) => importThere(api, stand.keys.editor, path)))
  const { head: after, findings } = await readHead(stand.database)
  const again = await startImport(url, path).ended
  const { head: end } = await readHead(stand.database)
  const truth = await readTruth(stand.database, start)
  const created = answers.filter((answer) => answer.created === TOOLS).length
  const rest = answers.filter((answer) => answer.created === 0 && answer.unchanged === TOOLS).length
  const refused = answers.filter(({ refusal }) => refusal !== undefined).length
  const misses = [
    ...findings,
    ...(created === 1 && rest + refused === 1 ? [] : [`two servers at once: ${JSON.stringify(answers)}`]),
    ...(after === start + 1 && truth[0]?.events.length === TOOLS
      ? []
      : [`all or nothing: ${after - start} revisions, ${truth.map(({ events }) => events.length).join()} events`]),
    ...(end === after ? [] : [`the file again made ${end - after} revisions`]),
    ...(again.code === 0 && again.output.includes(`${TOOLS} unchanged`) ? [] : [`the command said: ${again.output}`]),
    ...stand.falls(),
    ...(number % AUDIT_EVERY === 0 ? await stand.audit() : []),
  ]
  const said = refused > 0 ? 'the other server was told of the conflict' : 'the other server found it unchanged'
  return { misses, said, figure: (performance.now() - startedAt) / 1_000 }
}

interface Counts {
  readonly created: number
  readonly unchanged: number
  readonly refusal: string | undefined
}

async function importThere(url: string, key: string, path: string): Promise<Counts> {
  const definitions = readFileSync(path, 'utf8').trimEnd().split('\n')
  const text = definitions.join('\n---\n')
  const { data, errors } = await call(
    { url, key },
    `mutation Import($text: String!) { importTools(input: { text: $text }) {
      ... on ImportToolsSuccess { results { outcome } } ... on Error { code message } } }`,
    { text },
  )
  const answer = data?.importTools as { code?: string; results?: { outcome: string }[] } | undefined
  const count = (outcome: string) => answer?.results?.filter((result) => result.outcome === outcome).length ?? 0
  const refusal = answer?.code ?? errors?.[0]?.extensions?.code
  return { created: count('CREATED'), unchanged: count('UNCHANGED'), refusal }
}
