import { GraphQLError } from 'graphql'
import { InvalidInputError } from '../catalog/errors.ts'
import type { Logger } from '../logger.ts'

/** PostgreSQL and socket errors that mean "not now" rather than "never" (PostgreSQL manual, appendix A, classes 08 and 57). */
const UNAVAILABLE = /^(?:ECONNREFUSED|ECONNRESET|ENOENT|ETIMEDOUT|EPIPE|08...|57P0[123]|53300)$/

/**
 * What a caller may see of an error: errors of ours in their own words with a code, anything else as "Unexpected error."
 * The details of the latter go to the log under the request's id.
 */
export function maskError(error: unknown, logger: Logger): GraphQLError {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error
  const place = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {}
  if (original instanceof InvalidInputError || isBadGlobalId(original)) {
    return new GraphQLError((original as Error).message, { ...place, extensions: { code: 'BAD_USER_INPUT' } })
  }
  if (original instanceof GraphQLError) return error as GraphQLError
  if (isUnstorableText(original)) {
    const message = 'A text may not have the character U+0000 in it'
    return new GraphQLError(message, { ...place, extensions: { code: 'BAD_USER_INPUT' } })
  }
  if (isUnavailable(original)) {
    logger.warn({ err: original }, 'The database is not reachable')
    return new GraphQLError('The database is not reachable at the moment.', {
      ...place,
      extensions: { code: 'DATABASE_UNAVAILABLE' },
    })
  }
  logger.error({ err: original }, 'Unexpected error')
  return new GraphQLError('Unexpected error.', { ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } })
}

/** Pothos' Relay plugin refuses a malformed global id with an error that has no code. */
function isBadGlobalId(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Invalid global ID')
}

/** The one character that JSON can say and PostgreSQL cannot keep (`character_not_in_repertoire`). */
function isUnstorableText(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === '22021'
}

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = (error as { code?: unknown }).code
  return (
    (typeof code === 'string' && UNAVAILABLE.test(code)) ||
    /timeout exceeded when trying to connect|Connection terminated/.test(error.message)
  )
}
