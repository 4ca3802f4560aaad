import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { claimId } from '../catalog/receipts.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Measurements } from '../performance/measurements.ts'
import type { Reloading } from '../reload/reloading.ts'
import { clientAddress } from './client-address.ts'
import type { Route } from './graphql-route.ts'
import type { RateLimits } from './rate-limits.ts'
import { refuse } from './refusal.ts'
import { readBytes } from './request-body.ts'

export const RELOAD_HOOK_PATH = '/hooks/reload'

export interface ReloadHookOptions {
  readonly config: Pick<Config, 'WEBHOOK_SECRET' | 'TRUST_PROXY'>
  readonly limits: RateLimits
  readonly performance: Pick<Measurements, 'authFailures'>
  readonly reloading: Pick<Reloading, 'hasFolder' | 'hook'>
  /** The database, once the catalog is served. */
  readonly database: () => Database | undefined
}

/** Largest body: it is signed, and says nothing that is used. */
const MOST_BYTES = 64 * 1024
/** How far the clock of a sender may be off, in seconds. */
const TOLERANCE_S = 5 * 60
/** Whose receipts the ids of webhooks are. */
const ACTOR = 'webhook'
const ID = /^[\x21-\x7e]{1,200}$/
const TIMESTAMP = /^\d{1,12}$/

/**
 * `POST /hooks/reload`: somebody who knows the secret says that the folder has changed. Signed as Standard Webhooks are
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). The answer does not wait
 * for the reload.
 */
export function createReloadHook({ config, limits, performance, reloading, database }: ReloadHookOptions): Route {
  const { WEBHOOK_SECRET: secret } = config
  if (secret === undefined || !reloading.hasFolder) {
    return () => {
      throw refuse.notFound()
    }
  }
  const key = keyOf(secret)
  return async (request, response, info) => {
    if (request.method !== 'POST') throw refuse.method('POST')
    const served = database()
    if (!served) throw refuse.notReady()
    const address = clientAddress(request, config.TRUST_PROXY)
    await limits.attempt(address)
    await limits.hook(address)
    const body = await readBytes(request, MOST_BYTES)
    const signed = readSigned(request.headers)
    if (!signed || !isSigned(signed, body, key)) {
      performance.authFailures.add('bad_signature')
      await limits.failure(address)
      throw refuse.badSignature()
    }
    if (Math.abs(Date.now() / 1_000 - Number(signed.timestamp)) > TOLERANCE_S) throw refuse.webhookTime()
    if (!(await claimId(served, ACTOR, signed.id))) throw refuse.webhookRepeated()
    info.actor = ACTOR
    reloading.hook()
    response.writeHead(202, { 'content-type': 'application/json; charset=utf-8' }).end('{"accepted":true}')
  }
}

interface Signed {
  readonly id: string
  readonly timestamp: string
  readonly signatures: readonly string[]
}

/** With `whsec_`, as generators of secrets write it, the rest is base64; anything else is taken as it is. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret)
}

function readSigned(headers: IncomingHttpHeaders): Signed | undefined {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string') return undefined
  if (!ID.test(id) || !TIMESTAMP.test(timestamp)) return undefined
  return { id, timestamp, signatures: signature.split(' ') }
}

/** A sender that changes its secret signs with both. */
function isSigned({ id, timestamp, signatures }: Signed, body: Buffer, key: Buffer): boolean {
  const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body)
  const expected = Buffer.from(`v1,${hmac.digest('base64')}`)
  return signatures.some((signature) => {
    const given = Buffer.from(signature)
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}
