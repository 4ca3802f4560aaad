import { GraphQLError } from 'graphql'
import { CredentialsUnavailableError } from '../auth/viewer.ts'
import { ForbiddenError, InvalidInputError } from '../catalog/errors.ts'
import { LogUnavailableError } from '../changes/hub.ts'
import { ConsumerTooSlowError, FutureRevisionError } from '../changes/stream-item.ts'
import { databaseFault, isUnavailable } from '../db/error-code.ts'
import { ImpossibleTextError } from '../db/snapshot-errors.ts'
import type { Logger } from '../logger.ts'

/** Another writer held what this one needed, for as long as anybody waits. */
const BUSY = new Set(['40001', '40P01', '55P03', 'P2034'])

/** The statement timeout ended it. */
const QUERY_CANCELED = '57014'

/**
 * What a caller may see of an error: errors of ours in their own words with a code, anything else as "Unexpected error."
 * The details of the latter go to the log under the request's id.
 */
export function maskError(error: unknown, logger: Logger, requestId?: string): GraphQLError {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error
  const place = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {}
  if (original instanceof InvalidInputError || original instanceof ImpossibleTextError || isBadGlobalId(original)) {
    return new GraphQLError((original as Error).message, { ...place, extensions: { code: 'BAD_USER_INPUT' } })
  }
  if (original instanceof ForbiddenError)
    return new GraphQLError(original.message, { ...place, extensions: { code: 'FORBIDDEN' } })
  const told = streamError(original)
  if (told) return new GraphQLError((original as Error).message, { ...place, extensions: told })
  if (original instanceof GraphQLError) return withCode(error as GraphQLError)
  if (original instanceof CredentialsUnavailableError) {
    logger.warn({ err: original, requestId }, 'Credentials cannot be checked')
    return new GraphQLError('Credentials cannot be checked at the moment.', {
      ...place,
      extensions: { code: 'CREDENTIALS_UNAVAILABLE' },
    })
  }
  if (original instanceof LogUnavailableError || isUnavailable(original)) {
    logger.warn({ err: original, requestId }, 'The database is not reachable')
    return new GraphQLError('The database is not reachable at the moment.', {
      ...place,
      extensions: { code: 'DATABASE_UNAVAILABLE' },
    })
  }
  if (isBusy(original)) {
    logger.warn({ err: original, requestId }, 'A write gave up waiting for another')
    return new GraphQLError('Others are writing the same just now. Try again.', {
      ...place,
      extensions: { code: 'TRY_AGAIN' },
    })
  }
  if (databaseFault(original)?.code === QUERY_CANCELED) {
    logger.warn({ err: original, requestId }, 'A query took too long')
    return new GraphQLError('The query took too long.', { ...place, extensions: { code: 'TIMEOUT' } })
  }
  logger.error({ err: original, requestId }, 'Unexpected error')
  return new GraphQLError('Unexpected error.', { ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } })
}

/** graphql-js has no code for variables that are not of their type: an error of no place in the answer. */
function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions.code !== undefined || error.path !== undefined) return error
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    extensions: { ...error.extensions, code: 'BAD_USER_INPUT' },
  })
}

/** Pothos' Relay plugin refuses a malformed global id with an error that has no code. */
function isBadGlobalId(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Invalid global ID')
}

/** What streams say when they cannot begin, or go on. */
function streamError(error: unknown): { readonly code: string; readonly [detail: string]: string } | undefined {
  if (error instanceof FutureRevisionError) return { code: 'FUTURE_REVISION', currentRevision: error.currentRevision }
  if (error instanceof ConsumerTooSlowError) return { code: 'CONSUMER_TOO_SLOW', lastRevision: error.lastRevision }
  return undefined
}

function isBusy(error: unknown): boolean {
  return BUSY.has(databaseFault(error)?.code ?? '')
}
