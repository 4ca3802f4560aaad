import { Counter, Trend } from 'k6/metrics'
import { setTimeout } from 'k6/timers'
import { WebSocket } from 'k6/websockets'
import { ask, KEY, textOf, URL } from './ask.ts'
import { LAST_DELIVERY_SECONDS } from './profiles.ts'
import { RevisionTrail } from './revision-trail.ts'
import type { Stage } from './stage.ts'

/** From the beginning of the transaction, as the server says it, until the change set is here, by this machine's clock. */
const deliveryTime = new Trend('catalog_delivery_ms', true)
const deliveries = new Counter('catalog_deliveries')
const gaps = new Counter('revision_gaps')
const failures = new Counter('socket_failures')

const FOLLOW = `subscription Follow { catalogChanges { __typename
  ... on ChangeSet { revision at actor source message events { kind toolName version latest } }
  ... on Bookmark { revision epoch } ... on ResyncRequired { reason currentRevision } } }`

const STATE = 'query State { catalogState { revision } }'

/** How often it is looked whether the last change has come, in milliseconds. */
const LOOK_MS = 100

interface Item {
  readonly __typename: 'ChangeSet' | 'Bookmark' | 'ResyncRequired'
  readonly revision: string
  readonly at: string
}

interface Message {
  readonly type: string
  readonly payload?: { readonly data?: { readonly catalogChanges?: Item } }
}

interface Subscriber {
  readonly socket: WebSocket
  readonly trail: RevisionTrail
  /** Whether the stream ended before its time. */
  isLost: boolean
}

/** Hold some sockets that follow the catalog for so many seconds, and then count what they were not told. */
export function subscribeSome({ seesAll }: Stage, count: number, seconds: number): void {
  const state = { isOver: false }
  const subscribers = Array.from({ length: count }, () => follow(seesAll, state))
  setTimeout(() => {
    const revision = currentRevision()
    const until = Date.now() + LAST_DELIVERY_SECONDS * 1_000
    const look = () => {
      const isDone = subscribers.every(({ trail, isLost }) => isLost || (trail.last ?? 0) >= revision)
      if (!isDone && Date.now() < until) setTimeout(look, LOOK_MS)
      else finish()
    }
    const finish = () => {
      state.isOver = true
      for (const { socket, trail, isLost } of subscribers) {
        // What a lost socket was not told is not a gap of the stream; losing it is a failure of its own.
        if (!isLost) trail.end(revision)
        gaps.add(trail.gaps)
        socket.close(1000)
      }
    }
    look()
  }, seconds * 1_000)
}

/** Where the catalog stands; 0 when it does not say, which counts as a request that failed. */
function currentRevision(): number {
  return Number(ask<{ catalogState: { revision: string } }>('state', STATE)?.catalogState.revision ?? 0)
}

function follow(seesAll: boolean, state: { readonly isOver: boolean }): Subscriber {
  // The parameter for protocols is not read (k6 1.8); the header is.
  const socket = new WebSocket(URL.replace(/^http/, 'ws'), null, {
    headers: { 'Sec-WebSocket-Protocol': 'graphql-transport-ws' },
    tags: { name: 'follow' },
  })
  const subscriber: Subscriber = { socket, trail: new RevisionTrail(seesAll), isLost: false }
  const lose = (why: string) => {
    if (state.isOver || subscriber.isLost) return
    subscriber.isLost = true
    failures.add(1)
    console.warn(`a subscriber was lost: ${why}`)
  }
  socket.onopen = () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: KEY ? { authorization: `Bearer ${KEY}` } : {} }))
  socket.onerror = (event) => lose(event?.error ?? 'an error')
  socket.onclose = () => lose('closed')
  socket.onmessage = (event) => {
    const arrived = Date.now()
    const text = textOf(event?.data)
    const message = JSON.parse(text) as Message
    if (message.type === 'connection_ack')
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: FOLLOW } }))
    else if (message.type === 'ping') socket.send('{"type":"pong"}')
    else if (message.type === 'next' && message.payload?.data?.catalogChanges)
      take(subscriber, message.payload.data.catalogChanges, arrived, lose)
    else if (message.type !== 'pong') lose(text)
  }
  return subscriber
}

function take({ trail }: Subscriber, item: Item, arrived: number, lose: (why: string) => void): void {
  if (item.__typename === 'Bookmark') trail.bookmark(Number(item.revision))
  else if (item.__typename === 'ChangeSet') {
    trail.changeSet(Number(item.revision))
    deliveries.add(1)
    deliveryTime.add(arrived - Date.parse(item.at))
  } else lose(JSON.stringify(item))
}
