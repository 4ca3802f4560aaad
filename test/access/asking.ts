import { setTimeout as sleep } from 'node:timers/promises'
import { createApiKey } from '../../src/auth/api-keys.ts'
import { CREDENTIAL_ROLES } from '../../src/auth/viewer.ts'
import type { Config } from '../../src/config.ts'
import { openDatabase } from '../../src/db/database.ts'
import { closeLater } from '../support/database.ts'

/** One answer, as it came: nothing of it is left out. */
export interface Told {
  readonly status: number
  readonly body: {
    // Tests look into answers of any shape, and say what they expect there.
    // biome-ignore lint/suspicious/noExplicitAny: see above
    readonly data?: any
    readonly errors?: readonly { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> }[]
    readonly extensions?: { readonly revision?: string }
  }
}

export type Ask = (query: string, variables?: object) => Promise<Told>

/** Somebody who asks over real HTTP: of a stream of events only the first, which is enough to know who may have it. */
function askerOf(url: string, credential: Readonly<Record<string, string>>): Ask {
  return async (query, variables = {}) => {
    const isStream = query.startsWith('subscription')
    const accept = isStream ? 'text/event-stream' : 'application/json'
    const stop = new AbortController()
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, ...credential },
      body: JSON.stringify({ query, variables }),
      signal: stop.signal,
    })
    const text = isStream ? await firstEvent(response) : await response.text()
    if (isStream) stop.abort()
    return { status: response.status, body: JSON.parse(text) as Told['body'] }
  }
}

const ASKERS = ['anonymous', ...CREDENTIAL_ROLES] as const
export type Asker = (typeof ASKERS)[number]

/** Somebody without a credential, and somebody of each role. */
export async function askersOf({ url, config }: { url: string; config: Config }): Promise<Record<Asker, Ask>> {
  const database = await openDatabase(config, { mayAttach: true })
  const asked: Partial<Record<Asker, Ask>> = { anonymous: askerOf(url, {}) }
  for (const role of CREDENTIAL_ROLES) {
    const { key } = await createApiKey(database, { name: `${role} who asks`, role, createdBy: 'tester' })
    asked[role] = askerOf(url, { authorization: `Bearer ${key}` })
  }
  await database.close()
  // The loop has added every role there is.
  return asked as Record<Asker, Ask>
}

/** A refusal comes at once, so that a stream without any event for so long, in milliseconds, is one that was begun. */
const SILENCE_MS = 1_000
const BEGUN = '{"data":{"answer":null}}'

async function firstEvent(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.text()
  return Promise.race([readEvent(response), sleep(SILENCE_MS, BEGUN)])
}

async function readEvent(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    const data = /^data: (.+)$/m.exec(text)?.[1]
    if (data !== undefined && text.includes('\n\n', text.indexOf(data))) return data
  }
  throw new Error(`The stream ended without an event: ${text}`)
}

/** All that is stored, but for when keys were used, and for the history of reloads, which is written a moment later, as one text: another one after any change. */
export async function fingerprint(config: Config): Promise<() => Promise<string>> {
  const database = await openDatabase(config, { mayAttach: true })
  closeLater(() => database.close())
  const { rows } = await database.pool.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'reloads' ORDER BY 1`,
  )
  const tables = rows.map(
    ({ name }) =>
      `(SELECT md5(coalesce(string_agg((to_jsonb(x) - 'last_used_at')::text, ' ' ORDER BY to_jsonb(x)::text), '')) FROM ${name} x)`,
  )
  return async () => {
    const found = await database.pool.query<{ state: string }>(`SELECT concat_ws(' ', ${tables.join(', ')}) AS state`)
    return found.rows[0]?.state ?? ''
  }
}
