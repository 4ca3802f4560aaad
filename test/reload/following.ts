import { vi } from 'vitest'
import { expectData, type GraphqlAnswer } from '../support/client.ts'
import { connect, subscription, type TestSocket } from '../support/websocket.ts'

type Data = GraphqlAnswer['data']

const RELOAD = 'id trigger outcome actor tool message revision files created updated deleted unchanged error durationMs'

/** The history of a running app, newest first. */
export async function reloadsOf(url: string, headers: Record<string, string> = {}, filter = ''): Promise<Data[]> {
  const text = `{ reloads(first: 100 ${filter && `, filter: { ${filter} }`}) { nodes { ${RELOAD} problems { file line column severity code message path } } } }`
  return (await expectData(url, text, {}, headers)).reloads.nodes
}

/** Wait until the newest reload is what a test expects. */
export function awaitReload(
  url: string,
  expected: object,
  headers: Record<string, string> = {},
  timeout = 10_000,
): Promise<Data> {
  return vi.waitFor(
    async () => {
      const reloads = await reloadsOf(url, headers)
      const found = reloads.find((reload) => isLike(reload, expected))
      if (!found)
        throw new Error(`not there: ${JSON.stringify(expected)}\n${JSON.stringify(reloads.slice(0, 3), null, 2)}`)
      return found
    },
    { timeout, interval: 25 },
  )
}

function isLike(reload: Data, expected: object): boolean {
  return Object.entries(expected).every(([key, value]) => reload[key] === value)
}

/** Follow something over a websocket. The next item is awaited with `next`. */
export async function follow(url: string, query: string, headers: Record<string, string> = {}): Promise<TestSocket> {
  const socket = await connect(url, undefined, { headers })
  socket.send(subscription('it', query))
  return socket
}

/** Names of the tools that are served. */
export async function toolsOf(url: string, headers: Record<string, string> = {}): Promise<string[]> {
  const { tools } = await expectData(url, '{ tools(first: 100) { nodes { name } } }', {}, headers)
  return tools.nodes.map(({ name }: { name: string }) => name).sort()
}
