import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'

/**
 * `npm run bench:subscribers -- --url http://127.0.0.1:3005/graphql --count 5000`: so many websockets that follow the
 * catalog of a running server, from another process on the same machine. Measures how long they take to come, how long a
 * change takes to reach each of them, how long a scrape of `/metrics` takes with all of them there, and how long they take to come
 * back, all at once, behind the revision they had.
 * The key of an editor is in TOOL_CATALOG_KEY; the server needs MAX_SOCKETS_PER_ADDRESS above the count.
 */
const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3005/graphql' },
    count: { type: 'string', default: '5000' },
    changes: { type: 'string', default: '20' },
  },
})
const count = Number(options.count)
const changes = Number(options.changes)
const key = process.env.TOOL_CATALOG_KEY ?? ''
const FOLLOW = `subscription ($after: Revision) { catalogChanges(afterRevision: $after) { __typename
  ... on ChangeSet { revision at actor source message events { kind toolName version latest } }
  ... on Bookmark { revision epoch } ... on ResyncRequired { reason currentRevision } } }`
/** Connections that are being opened at once. */
const AT_ONCE = 200

interface Subscriber {
  socket: WebSocket | undefined
  revision: string | undefined
}

const subscribers: Subscriber[] = Array.from({ length: count }, () => ({ socket: undefined, revision: undefined }))
let isEnabled = true
let onItem: (revision: string) => void = () => {}

/** Resolves with the first item. */
function subscribe(subscriber: Subscriber): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(options.url.replace(/^http/, 'ws'), 'graphql-transport-ws', {
      perMessageDeflate: false,
    })
    subscriber.socket = socket
    socket.on('error', reject)
    socket.on('open', () => socket.send('{"type":"connection_init"}'))
    socket.on('message', (data: Buffer) => {
      const text = data.toString()
      if (text.includes('"connection_ack"')) {
        const variables = { after: subscriber.revision }
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: FOLLOW, variables } }))
        return
      }
      // Parsing 5,000 messages would be the client's time and not the server's.
      const revision = /"revision":"(\d+)"/.exec(text)?.[1]
      if (!text.includes('"type":"next"') || revision === undefined) return reject(new Error(text))
      subscriber.revision = revision
      if (text.includes('"ChangeSet"')) onItem(revision)
      resolve()
    })
  })
}

async function subscribeAll(atOnce: number): Promise<number> {
  const started = performance.now()
  const waiting = [...subscribers]
  await Promise.all(
    Array.from({ length: Math.min(atOnce, count) }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await subscribe(next)
    }),
  )
  return performance.now() - started
}

async function change(): Promise<{ latencies: number[]; answered: number }> {
  const latencies: number[] = []
  const all = new Promise<void>((resolve) => {
    onItem = () => {
      latencies.push(performance.now() - started)
      if (latencies.length === count) resolve()
    }
  })
  isEnabled = !isEnabled
  const started = performance.now()
  const response = await fetch(options.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({
      query: `mutation ($enabled: Boolean!) { setToolEnabled(input: { tool: "grep", enabled: $enabled }) { __typename } }`,
      variables: { enabled: isEnabled },
    }),
  })
  const answer = await response.text()
  if (!answer.includes('SetToolEnabledSuccess')) throw new Error(answer)
  const answered = performance.now() - started
  await Promise.race([all, sleep(30_000).then(() => Promise.reject(new Error(`only ${latencies.length} of ${count}`)))])
  return { latencies: latencies.sort((a, b) => a - b), answered }
}

const SCRAPES = 20

/** The median of some scrapes, each a second after the last, in milliseconds. */
async function scrape(): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < SCRAPES; i++) {
    await sleep(1_000)
    const started = performance.now()
    const response = await fetch(new URL('/metrics', options.url), {
      headers: { authorization: `Bearer ${process.env.METRICS_TOKEN ?? ''}` },
    })
    const text = await response.text()
    if (!text.includes('tool_catalog_subscribers')) throw new Error(text)
    took.push(performance.now() - started)
  }
  return took.sort((a, b) => a - b)[SCRAPES / 2] ?? Number.NaN
}

const percentile = (sorted: readonly number[], part: number) =>
  Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? 0)
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`

console.log(`${count} subscribers came in ${seconds(await subscribeAll(AT_ONCE))}`)
await sleep(1_000)
const every: number[] = []
const answers: number[] = []
const last: number[] = []
for (let i = 0; i < changes; i++) {
  const { latencies, answered } = await change()
  answers.push(answered)
  every.push(...latencies)
  last.push(latencies.at(-1) ?? 0)
  await sleep(200)
}
every.sort((a, b) => a - b)
last.sort((a, b) => a - b)
console.log(
  `mutation sent → its answer: p50 ${percentile(
    answers.sort((a, b) => a - b),
    0.5,
  )} ms`,
)
console.log(`mutation sent → each subscriber: p50 ${percentile(every, 0.5)} ms, p99 ${percentile(every, 0.99)} ms`)
console.log(`mutation sent → the last of them: p50 ${percentile(last, 0.5)} ms, worst ${percentile(last, 1)} ms`)
console.log(`scrape of /metrics: p50 ${(await scrape()).toFixed(1)} ms`)
for (const { socket } of subscribers) socket?.terminate()
onItem = () => {}
console.log(`all cut off, and back behind their revision in ${seconds(await subscribeAll(count))}`)
process.exit(0)
