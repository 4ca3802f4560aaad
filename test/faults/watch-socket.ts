import { WebSocket } from 'ws'
import type { SeenEvent, SeenItem, SubscriptionEnd, WatchFilter } from './history.ts'

export interface WatchRequest {
  readonly url: string
  readonly key?: string
  readonly afterRevision?: number | undefined
  readonly epoch?: string | undefined
  readonly filter?: WatchFilter | undefined
  /** Another query than the usual one; its change sets have at least the same fields. */
  readonly query?: string
  readonly onSubscribed?: () => void
  readonly onItem: (item: SeenItem) => void
}

export interface Watch {
  readonly socket: WebSocket
  readonly ended: Promise<SubscriptionEnd>
  /** Unsubscribe, and close. */
  readonly leave: () => void
}

export const SUBSCRIPTION = `subscription Watch($afterRevision: Revision, $epoch: ID, $filter: CatalogChangesFilter) {
  catalogChanges(afterRevision: $afterRevision, epoch: $epoch, filter: $filter) {
    __typename
    ... on ChangeSet { revision events { position kind toolName version latest } }
    ... on Bookmark { revision epoch }
    ... on ResyncRequired { reason compactedRevision currentRevision epoch } } }`

const CONNECT_MS = 30_000

/** One subscription on a websocket of its own (graphql-transport-ws, see PROTOCOL.md of graphql-ws). */
export function watch(request: WatchRequest): Watch {
  const headers = request.key === undefined ? {} : { authorization: `Bearer ${request.key}` }
  const socket = new WebSocket(request.url.replace('http', 'ws'), ['graphql-transport-ws'], {
    headers,
    handshakeTimeout: CONNECT_MS,
    perMessageDeflate: false,
  })
  let end: Omit<SubscriptionEnd, 'at'> | undefined
  const endWith = (kind: SubscriptionEnd['kind'], code: string) => {
    end ??= { kind, code }
    socket.close(1000)
  }
  const send = (message: object) => socket.send(JSON.stringify(message))
  socket.on('open', () => send({ type: 'connection_init' }))
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as ServerMessage
    if (message.type === 'connection_ack') {
      send(subscribe(request))
      request.onSubscribed?.()
    } else if (message.type === 'next') takeNext(message, request.onItem, endWith)
    else if (message.type === 'error') endWith('error', codeOf(message.payload as GraphqlErrors))
    else if (message.type === 'complete') endWith('complete', '')
  })
  const ended = new Promise<SubscriptionEnd>((resolve) => {
    socket.on('unexpected-response', (_, response) => {
      end ??= { kind: 'refused', code: String(response.statusCode) }
      response.destroy()
      socket.terminate()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      end ??= { kind: 'refused', code: error.code ?? error.message }
    })
    socket.on('close', (code) => {
      resolve({ at: performance.now(), ...(end ?? { kind: 'closed', code: String(code) }) })
    })
  })
  return { socket, ended, leave: () => endWith('left', '') }
}

type GraphqlErrors = readonly { message: string; extensions?: { code?: string } }[]
type Given = {
  readonly __typename: string
  readonly revision?: string
  readonly events?: readonly SeenEvent[]
} & Record<'epoch' | 'reason' | 'compactedRevision' | 'currentRevision', string>
interface ServerMessage {
  readonly type: string
  readonly payload?:
    | GraphqlErrors
    | { readonly data?: { readonly catalogChanges: Given }; readonly errors?: GraphqlErrors }
}

function subscribe({ afterRevision, epoch, filter, query = SUBSCRIPTION }: WatchRequest) {
  const variables = { afterRevision: afterRevision === undefined ? undefined : String(afterRevision), epoch, filter }
  return { type: 'subscribe', id: '1', payload: { query, variables } }
}

function takeNext(
  { payload }: ServerMessage,
  onItem: (item: SeenItem) => void,
  endWith: (kind: 'error', code: string) => void,
): void {
  const { data, errors } = payload as Exclude<ServerMessage['payload'], GraphqlErrors | undefined>
  if (errors || !data?.catalogChanges) endWith('error', codeOf(errors))
  else onItem(readItem(data.catalogChanges))
}

function readItem(given: Given): SeenItem {
  const at = performance.now()
  const revision = Number(given.revision)
  if (given.__typename === 'ChangeSet') return { at, kind: 'change', revision, events: given.events ?? [] }
  if (given.__typename === 'Bookmark') return { at, kind: 'bookmark', revision, epoch: given.epoch }
  return {
    at,
    kind: 'resync',
    reason: given.reason,
    compactedRevision: Number(given.compactedRevision),
    currentRevision: Number(given.currentRevision),
    epoch: given.epoch,
  }
}

function codeOf(errors: GraphqlErrors | undefined): string {
  return errors?.[0]?.extensions?.code ?? errors?.[0]?.message ?? 'no data'
}
