import { createPublicKey, type KeyObject } from 'node:crypto'
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { type Config, ConfigError } from '../config.ts'
import { CredentialsUnavailableError, isCredentialRole, UnauthenticatedError, type Viewer } from './viewer.ts'

export type JwtConfig = Pick<
  Config,
  'JWT_ISSUER' | 'JWT_AUDIENCE' | 'JWT_JWKS_URL' | 'JWT_PUBLIC_KEY' | 'JWT_ALGORITHMS' | 'JWT_ROLE_CLAIM'
>

/**
 * The viewer that a signed token stands for.
 * @throws UnauthenticatedError
 * @throws JwtKeysUnavailableError
 */
export type JwtVerifier = (token: string) => Promise<Viewer>

/** The issuer's keys cannot be had: a failure of ours, or of the issuer, but not of the caller. */
export class JwtKeysUnavailableError extends CredentialsUnavailableError {
  override readonly name = 'JwtKeysUnavailableError'
}

/** How far the issuer's clock and ours may be apart, in seconds. */
export const CLOCK_TOLERANCE_S = 30

/** Longest wait for the issuer's keys. */
const FETCH_TIMEOUT_MS = 5_000
/** Keys are fetched again after this time: the longest that a key the issuer has withdrawn still counts. */
const KEYS_MAX_AGE_MS = 600_000
/** A key that is not among the fetched ones has them fetched again, but only this long after the last time. */
const UNKNOWN_KEY_COOLDOWN_MS = 30_000
/** Shortest time between two fetches, whatever fails: callers must not be able to make us hammer the issuer. */
const FETCH_PAUSE_MS = 2_000

const MOST_SUBJECT_CHARACTERS = 200
/** Neither control nor invisible characters: subjects stand in the history and in logs. */
const SUBJECT = /^(?! )[\p{L}\p{M}\p{N}\p{P}\p{S} ]+(?<! )$/u

/**
 * Checks JWTs of the configured issuer; undefined when there is none. What a token says about keys (`jku`, `x5u`,
 * `jwk`) is not read: only the configured keys and algorithms count.
 * @throws ConfigError
 */
export function createJwtVerifier(config: JwtConfig): JwtVerifier | undefined {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = config
  if (issuer === undefined) return undefined
  // jose would take every audience then.
  if (audience === undefined) throw new ConfigError(['JWT_AUDIENCE: must be set when JWT_ISSUER is'])
  const keys = configuredKeys(config)
  const options = {
    issuer,
    audience,
    algorithms: config.JWT_ALGORITHMS,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_S,
  }
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, options).catch((error: unknown) => {
      if (error instanceof JwtKeysUnavailableError) throw error
      throw new UnauthenticatedError(`JWT: ${error instanceof Error ? error.message : 'not valid'}`)
    })
    return viewerOf(payload, config.JWT_ROLE_CLAIM)
  }
}

function viewerOf(payload: JWTPayload, roleClaim: string): Viewer {
  const { sub, exp } = payload
  const role = payload[roleClaim]
  // The signature says who wrote the claims, not that they are what their types promise.
  if (typeof sub !== 'string' || sub.length > MOST_SUBJECT_CHARACTERS || !SUBJECT.test(sub))
    throw new UnauthenticatedError(`JWT: "sub" must have 1 to ${MOST_SUBJECT_CHARACTERS} printable characters`)
  if (!isCredentialRole(role)) throw new UnauthenticatedError(`JWT: "${roleClaim}" must be reader, editor or admin`)
  const expiresAt = new Date(Number(exp) * 1_000)
  if (Number.isNaN(expiresAt.getTime())) throw new UnauthenticatedError('JWT: "exp" is no time')
  return { actor: `jwt:${sub}`, role, via: 'jwt', keyId: undefined, expiresAt }
}

function configuredKeys({ JWT_JWKS_URL, JWT_PUBLIC_KEY, JWT_ALGORITHMS }: JwtConfig): JWTVerifyGetKey {
  if (JWT_JWKS_URL !== undefined) return remoteKeys(new URL(JWT_JWKS_URL))
  const key = publicKey(JWT_PUBLIC_KEY ?? '', JWT_ALGORITHMS)
  return async () => key
}

/** What a caller's token can be guilty of; any other error while looking for its key is not the caller's. */
const CALLERS_ERRORS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]

function remoteKeys(url: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: UNKNOWN_KEY_COOLDOWN_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    [customFetch]: withPauses(),
  })
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (CALLERS_ERRORS.some((kind) => error instanceof kind)) throw error
      throw new JwtKeysUnavailableError(`The keys at ${url.origin}${url.pathname} cannot be had.`, { cause: error })
    }
  }
}

function withPauses() {
  let next = Number.NEGATIVE_INFINITY
  return async (url: string, options: RequestInit): Promise<Response> => {
    const now = performance.now()
    if (now < next) throw new Error('They were asked for a moment ago.')
    next = now + FETCH_PAUSE_MS
    return fetch(url, options)
  }
}

/** Algorithms that a type of key can have signed with (RFC 7518, RFC 8037). */
const FITTING: Readonly<Record<string, RegExp>> = {
  rsa: /^(?:RS|PS)/,
  'rsa-pss': /^PS/,
  ec: /^ES/,
  ed25519: /^EdDSA$/,
}

/** A PEM, on one line with `\n` in it, too, as environment files have it. */
function publicKey(text: string, algorithms: readonly string[]): KeyObject {
  const pem = text.replaceAll('\\n', '\n').trim()
  // Node would take a private key as well, which has no business here.
  if (!pem.startsWith('-----BEGIN PUBLIC KEY-----'))
    throw new ConfigError(['JWT_PUBLIC_KEY: must begin with -----BEGIN PUBLIC KEY-----'])
  const key = parsed(pem)
  const fitting = FITTING[key.asymmetricKeyType ?? '']
  if (!fitting || !algorithms.some((algorithm) => fitting.test(algorithm)))
    throw new ConfigError([
      `JWT_ALGORITHMS: none of them fits JWT_PUBLIC_KEY, which is of type ${key.asymmetricKeyType}`,
    ])
  return key
}

function parsed(pem: string): KeyObject {
  try {
    return createPublicKey(pem)
  } catch {
    throw new ConfigError(['JWT_PUBLIC_KEY: cannot be read as a PEM'])
  }
}
