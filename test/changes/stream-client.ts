import { closeLater } from '../support/database.ts'
import { connect, subscription } from '../support/websocket.ts'

/** An item as the API says it. */
export interface Item {
  readonly __typename: 'ChangeSet' | 'Bookmark' | 'ResyncRequired'
  readonly revision: string
  readonly epoch?: string
  readonly reason?: string
  readonly compactedRevision?: string
  readonly currentRevision?: string
  readonly eventCount?: number
  readonly events?: readonly { readonly position: number; readonly toolName: string }[]
}

export interface Variables {
  readonly after?: string | undefined
  readonly epoch?: string | undefined
  readonly filter?: object | undefined
}

/** A stream that is being followed. */
export interface Following {
  /** The next item; undefined when the stream is complete. @throws StreamFailure */
  readonly next: () => Promise<Item | undefined>
  readonly leave: () => void
}

/** How a stream ended that did not complete. */
export class StreamFailure extends Error {
  constructor(readonly extensions: { readonly code?: string; readonly [detail: string]: unknown }) {
    super(extensions.code ?? 'no code')
  }
}

export type Follow = (url: string, headers: Record<string, string>, variables?: Variables) => Promise<Following>

export const DOCUMENT = `subscription ($after: Revision, $epoch: ID, $filter: CatalogChangesFilter) {
  catalogChanges(afterRevision: $after, epoch: $epoch, filter: $filter) { __typename
    ... on ChangeSet { revision eventCount events { position toolName } }
    ... on Bookmark { revision epoch }
    ... on ResyncRequired { reason compactedRevision currentRevision epoch } } }`

interface Result {
  readonly data?: { readonly catalogChanges: Item } | null
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
}

function itemOf({ data, errors }: Result): Item {
  if (errors) throw new StreamFailure(errors[0]?.extensions ?? {})
  if (!data) throw new Error('neither data nor errors')
  return data.catalogChanges
}

/** Follow over a websocket of its own. */
export const followBySocket: Follow = async (url, headers, variables = {}) => {
  const client = await connect(url, {}, { headers })
  client.send(subscription('a', DOCUMENT, variables))
  return {
    next: async () => {
      const { type, payload } = await client.next()
      if (type === 'complete') return undefined
      return itemOf(type === 'error' ? { errors: payload } : payload)
    },
    leave: () => client.socket.close(),
  }
}

/** Follow by server-sent events. */
export const followByEvents: Follow = async (url, headers, variables = {}) => {
  const controller = new AbortController()
  closeLater(() => controller.abort())
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: DOCUMENT, variables }),
    signal: controller.signal,
  })
  if (!response.body) throw new Error('no body')
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const nextBlock = async (): Promise<string | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const block = text.slice(0, end)
        text = text.slice(end + 2)
        return block
      }
      const { done, value } = await reader.read()
      if (done) return undefined
      text += value
    }
  }
  return {
    next: async () => {
      for (;;) {
        const block = await nextBlock()
        if (block === undefined || block.startsWith('event: complete')) return undefined
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (block.startsWith('event: next') && data) return itemOf(JSON.parse(data) as Result)
      }
    },
    leave: () => controller.abort(),
  }
}

/** Everything up to here was delivered, as this item says. */
export const revisionOf = (item: Item): number => Number(item.revision)

/** Take what comes, until everything up to a revision was delivered or the stream ends. */
export async function takeUntil({ next }: Following, revision: number): Promise<Item[]> {
  const items: Item[] = []
  for (;;) {
    const item = await next()
    if (!item) return items
    items.push(item)
    if (item.__typename !== 'ResyncRequired' && revisionOf(item) >= revision) return items
  }
}
