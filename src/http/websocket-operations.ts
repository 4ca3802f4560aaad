import type { Duplex } from 'node:stream'
import { type DocumentNode, type GraphQLError, getOperationAST, OperationTypeNode } from 'graphql'
import {
  CloseCode,
  type ConnectionInitMessage,
  type Context,
  type ServerOptions,
  type SubscribePayload,
} from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { Measurements } from '../performance/measurements.ts'
import type { ClosingReason, OpenStream } from '../performance/stream-figures.ts'
import { type Caller, holderOf } from './caller.ts'
import { credentialOfParams } from './credential.ts'
import type { CredentialWatch } from './credential-watch.ts'
import type { Gate } from './gate.ts'
import type { GraphqlServer } from './graphql-server.ts'
import { maskError } from './mask-error.ts'
import { codeOfError, type OperationFigures, recordOperation } from './operation-figures.ts'
import { Refusal, refuse } from './refusal.ts'
import type { RequestInfo } from './request-info.ts'
import { SharedStream } from './shared-stream.ts'
import type { Slots } from './slots.ts'
import type { Subscribe } from './subscribe.ts'
import { formatErrors, type Telling } from './told-errors.ts'
import { failed, pump } from './websocket-pump.ts'

/** One websocket. */
export interface Connection {
  readonly client: WebSocket
  /** What the websocket goes through: closed when it is, however early. */
  readonly socket: Duplex
  readonly info: RequestInfo
  readonly address: string
  /** Known from the first request when that had a credential, otherwise from the first message. */
  caller: Caller | undefined
  /** Its subscriptions that go on. */
  readonly streams: Set<OpenStream>
  /** Why the server closes it, when the server does. */
  closing: ClosingReason | undefined
}

export interface OperationsOptions {
  readonly config: Pick<Config, 'MAX_SUBSCRIPTIONS_PER_SOCKET'>
  readonly graphql: GraphqlServer
  readonly gate: Gate
  readonly watch: CredentialWatch
  readonly slotsOfKeys: Slots
  readonly telling: Telling
  readonly subscribe: Subscribe
  readonly logger: Logger
  readonly performance: OperationFigures & Pick<Measurements, 'streams' | 'rateLimited'>
}

type Params = ConnectionInitMessage['payload']
type SocketContext = Context<Params, Connection>

/** How long a client may take to say who it is, in milliseconds. */
const INIT_TIMEOUT_MS = 3_000

/** What graphql-ws does with the messages of a websocket: subscriptions, through the same plugins as over HTTP. */
export function createOperations(options: OperationsOptions): ServerOptions<Params, Connection> {
  const { telling, logger, performance: figures } = options
  const told = ({ extra: { caller } }: SocketContext, errors: readonly GraphQLError[], hasData: boolean) =>
    caller ? formatErrors(errors, caller.viewer, telling, hasData) : []
  return {
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    onConnect: ({ extra, connectionParams }) => connect(extra, connectionParams, options),
    onSubscribe: async (context, _, payload) => {
      const started = performance.now()
      const refused = (errors: readonly GraphQLError[]) => {
        recordRefusal(payload, errors, performance.now() - started, figures)
        return errors
      }
      try {
        const prepared = await prepare(context, payload, options)
        return 'schema' in prepared ? prepared : refused(prepared)
      } catch (error) {
        return refused([maskError(error, logger, context.extra.info.requestId)])
      }
    },
    // Not through Yoga's plugins, which would hide what kind of stream it is.
    subscribe: options.subscribe as NonNullable<ServerOptions['subscribe']>,
    onOperation: ({ extra: { client, info, streams } }, id, _, __, result) => {
      const mask = (error: unknown) => maskError(error, logger, info.requestId)
      if (result instanceof SharedStream) {
        const open = figures.streams.begin('websocket', (ended) => streams.delete(ended))
        streams.add(open)
        return pump(result, { client, id, mask, open })
      }
      // Whatever else comes has failed: there are only subscriptions here.
      return 'errors' in result ? failed(result.errors) : undefined
    },
    onError: (context, _, __, errors) => told(context, errors, false),
    onNext: (context, _, __, ___, { data, errors, extensions }) =>
      errors && {
        errors: told(context, errors, data !== undefined),
        ...(data === undefined ? {} : { data }),
        ...(extensions ? { extensions } : {}),
      },
  }
}

/**
 * Let a client in that has said who it is.
 * @returns false closes the websocket with 4403, in the same words for every credential that is not good
 */
async function connect(connection: Connection, params: Params, options: OperationsOptions): Promise<boolean> {
  const { client, socket, info } = connection
  try {
    const caller = connection.caller ?? (await options.gate.connection(params, connection.address))
    if (connection.caller && credentialOfParams(params) !== undefined) throw refuse.badCredential()
    if (!connection.caller && caller.viewer.via !== 'anonymous') holdSlot(options.slotsOfKeys, holderOf(caller), socket)
    if (client.readyState !== client.OPEN) return false
    connection.caller = caller
    info.actor = caller.viewer.actor
    const forget = options.watch.watch(caller.viewer, () => {
      connection.closing ??= 'credential'
      client.close(CloseCode.Forbidden, 'Forbidden')
    })
    client.once('close', forget)
    return true
  } catch (error) {
    const { code, status } = Refusal.of(maskError(error, options.logger, info.requestId))
    info.code = code
    if (code === 'SOCKET_LIMIT') options.performance.rateLimited.add('sockets')
    // To clients 1013 means to come back later, which 4403 does not.
    if (status >= 429) client.close(1013, code === 'SOCKET_LIMIT' ? 'Too many connections' : 'Try again later')
    return false
  }
}

/** Parse and check one operation: what comes back is executed, and what is thrown is told. */
async function prepare({ extra, subscriptions }: SocketContext, payload: SubscribePayload, options: OperationsOptions) {
  const { caller, info } = extra
  if (!caller) throw refuse.noCredential()
  // The one that comes now is among them.
  if (Object.keys(subscriptions).length > options.config.MAX_SUBSCRIPTIONS_PER_SOCKET) {
    options.performance.rateLimited.add('subscriptions')
    throw refuse.tooManySubscriptions()
  }
  const { operationName, query, variables } = payload
  const { schema, parse, validate, contextFactory } = options.graphql.getEnveloped({
    info,
    caller,
    params: payload,
  })
  const document: DocumentNode = parse(query)
  const operation = getOperationAST(document, operationName)
  if (operation && operation.operation !== OperationTypeNode.SUBSCRIPTION) throw refuse.subscriptionsOnly()
  const errors: readonly GraphQLError[] = validate(schema, document)
  if (errors.length > 0) return errors
  const contextValue = await contextFactory()
  return { schema, document, operationName, variableValues: variables, contextValue }
}

function recordRefusal(
  { operationName }: SubscribePayload,
  [error]: readonly GraphQLError[],
  ms: number,
  figures: OperationFigures,
): void {
  const code = codeOfError(error)
  recordOperation({ operation: operationName ?? undefined, type: undefined, code, ms }, figures)
}

/**
 * Count a websocket for as long as it is open.
 * @throws Refusal when as many are open as may be
 */
export function holdSlot(slots: Slots, name: string, socket: Duplex): void {
  const giveBack = slots.take(name)
  if (!giveBack) throw refuse.tooManySockets()
  socket.once('close', giveBack)
  // Closed while its credential was looked up: it will not say so again.
  if (socket.destroyed) giveBack()
}
