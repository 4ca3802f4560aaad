import type { Database } from '../db/database.ts'
import { isUnavailable } from '../db/error-code.ts'
import type { Logger } from '../logger.ts'
import { AnswerCache } from './answer-cache.ts'
import { hashApiKey, isApiKey, looksLikeApiKey } from './api-key.ts'
import { type ApiKeyRow, findUsableApiKeyByHash, isApiKeyUsable, touchApiKeys } from './api-keys.ts'
import { Expiry } from './expiry.ts'
import { createJwtVerifier, type JwtConfig } from './jwt.ts'
import { KeyUses } from './key-uses.ts'
import {
  type Authenticator,
  anonymousViewer,
  CredentialsUnavailableError,
  type Role,
  UnauthenticatedError,
  type Viewer,
} from './viewer.ts'

export interface AuthenticatorOptions {
  readonly config: JwtConfig
  readonly logger: Logger
  /** The database, once it can be asked. */
  readonly database: () => Database | undefined
  readonly anonymousRole: Role
}

export interface RunningAuthenticator extends Authenticator {
  /**
   * Whether a viewer whose connection stayed open may go on: not expired, and the key not revoked longer than 2 seconds
   * ago. Never rejects: while the database cannot be asked, it can neither be revoked in nor read from.
   */
  readonly stillGood: (viewer: Viewer) => Promise<boolean>
  /** Write when keys were last used. Call it before the database closes. */
  readonly stop: () => Promise<void>
}

const MOST_TOKEN_CHARACTERS = 8 * 1024
/** Three base64url parts; that of the signature is empty when it is not signed. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/

/**
 * How long a key that was good or bad counts as such. Whoever asks `stillGood` every 2 seconds as well ends the
 * connections of a revoked key within 4.
 */
const CACHE = { ttl: 2_000, mostAnswers: 10_000, mostRefusals: 1_000 }

/**
 * How long a key that was good is remembered for when the database cannot be asked, in milliseconds from its last use: longer
 * than most outages take. It is safe, although the key may have been revoked just before: its viewer is marked as
 * unconfirmed, and gets nothing but answers that the same key was given before. Every read of the catalog, every write and
 * every stream waits until somebody can say that the key is good.
 */
const REMEMBERED_MS = 15 * 60_000

/** @throws ConfigError when the keys for JWTs cannot be used */
export function createAuthenticator(options: AuthenticatorOptions): RunningAuthenticator {
  const { config, logger } = options
  const database = () => opened(options.database())
  const expiry = new Expiry()
  const anonymous = anonymousViewer(options.anonymousRole)
  const verifyJwt = createJwtVerifier(config)
  const uses = new KeyUses(async (ids) => touchApiKeys(database(), ids), logger)
  // By hash, so that keys are not kept in memory.
  const viewers = new AnswerCache<Viewer>(
    async (hash) => {
      const row = await findUsableApiKeyByHash(database(), hash)
      return row && expiry.watch(viewerOf(row))
    },
    { ...CACHE, last: { ttl: REMEMBERED_MS, isAway: isUnavailable, instead: unconfirmed } },
  )
  const usable = new AnswerCache(async (id) => {
    try {
      return (await isApiKeyUsable(database(), id)) || undefined
    } catch (error) {
      logger.warn({ err: error }, 'Cannot check whether an API key is still good')
      return true
    }
  }, CACHE)

  function unconfirmed(viewer: Viewer): Viewer | undefined {
    return expiry.isOver(viewer) ? undefined : { ...viewer, unconfirmed: true }
  }

  const authenticateKey = async (token: string) => {
    if (!isApiKey(token)) throw new UnauthenticatedError('API key: mistyped or cut off')
    const viewer = await viewers.get(hashApiKey(token))
    if (!viewer || expiry.isOver(viewer)) throw new UnauthenticatedError('API key: unknown, revoked or expired')
    if (viewer.keyId && !viewer.unconfirmed) uses.note(viewer.keyId)
    return viewer
  }
  const authenticateToken = async (token: string) => {
    if (token.length > MOST_TOKEN_CHARACTERS) throw new UnauthenticatedError('too long')
    if (looksLikeApiKey(token)) return authenticateKey(token)
    if (verifyJwt && JWT.test(token)) return expiry.watch(await verifyJwt(token))
    throw new UnauthenticatedError(JWT.test(token) ? 'JWTs are not accepted here' : 'neither an API key nor a JWT')
  }

  return {
    authenticate: async (token) => {
      if (token === undefined) return anonymous
      return authenticateToken(token).catch((error: unknown) => {
        if (error instanceof UnauthenticatedError) logger.debug({ reason: error.reason }, 'Credential refused')
        throw error
      })
    },
    stillGood: async (viewer) => {
      if (expiry.isOver(viewer)) return false
      return viewer.keyId === undefined || (await usable.get(viewer.keyId)) === true
    },
    stop: () => uses.stop(),
  }
}

function opened(database: Database | undefined): Database {
  if (!database) throw new CredentialsUnavailableError('API keys cannot be checked yet: the database is not open.')
  return database
}

function viewerOf({ id, name, role, expiresAt }: ApiKeyRow): Viewer {
  return { actor: `key:${name}`, role, via: 'api-key', keyId: id, expiresAt: expiresAt ?? undefined }
}
