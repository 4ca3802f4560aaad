import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serialise } from '../../src/definition/serialise.ts'
import { execute } from '../support/client.ts'
import { aDefinition } from '../support/fixtures.ts'
import { asText, type TestCatalog } from '../support/test-catalog.ts'
import { connect, subscription } from '../support/websocket.ts'

/** Ask everything that has a metric, a few times a second, until it is stopped. */
export async function makeTraffic(catalog: TestCatalog, folder: string, signal: AbortSignal): Promise<void> {
  await catalog.create({ tool_name: 'switched' })
  await follow(catalog, signal)
  for (let round = 0; !signal.aborted; round++) {
    await Promise.all([read(catalog, round), write(catalog, round), beRefused(catalog)])
    if (round % 5 === 0) await comeAndGo(catalog)
    if (round % 10 === 0) saveFile(folder, round)
    await sleep(200)
  }
}

/** A subscriber over each transport, who stay. */
async function follow({ url, roles }: TestCatalog, signal: AbortSignal): Promise<void> {
  const { send } = await connect(url, roles.editor)
  send(subscription('1'))
  const stream = await fetch(url, {
    method: 'POST',
    headers: { ...roles.editor, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { catalogChanges { __typename } }' }),
    signal,
  })
  // The stream ends with the signal, which is no failure.
  void stream.text().catch(() => {})
}

async function read({ url }: TestCatalog, round: number): Promise<void> {
  await execute(url, 'query Names { tools(first: 10) { nodes { name description } } }')
  // Of another text each time, so that it is not found.
  await execute(
    url,
    `query Some { tools(first: ${(round % 90) + 1}) { nodes { name versions { nodes { version } } } } }`,
  )
}

async function write({ done }: TestCatalog, round: number): Promise<void> {
  await done('setToolEnabled', { tool: 'switched', enabled: round % 2 === 1 })
  if (round % 5 > 0) return
  const definition = aDefinition({ tool_name: 'imported', version: `1.0.${round}` })
  await done('importTools', asText(definition))
}

/** A mutation that is refused, a query that is wrong, and a credential that is. */
async function beRefused({ url, refused }: TestCatalog): Promise<void> {
  await refused('setToolEnabled', { tool: 'nobody-has-it', enabled: true }, 'ToolNotFoundError')
  await execute(url, '{ nothing }')
  await execute(url, '{ __typename }', {}, { authorization: 'Bearer tcat_wrong' })
}

async function comeAndGo({ url, roles }: TestCatalog): Promise<void> {
  const { send, socket } = await connect(url, roles.editor)
  send(subscription('1'))
  await sleep(50)
  socket.close()
}

function saveFile(folder: string, round: number): void {
  const text = serialise(aDefinition({ tool_name: 'watched', version: `1.0.${round}` }), 'yaml')
  writeFileSync(join(folder, 'watched.yaml'), text)
}
