import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose'
import { createJwtVerifier, type JwtVerifier } from '../../src/auth/jwt.ts'
import { closeLater, testConfig } from '../support/database.ts'

export const ISSUER = 'https://id.example.org/'
export const AUDIENCE = 'tool-catalog'

export const now = () => Math.floor(Date.now() / 1_000)

/** Claims that are good; override what a test is about, with undefined to leave a claim out. */
export function claims(more: Record<string, unknown> = {}): JWTPayload {
  const all = { iss: ISSUER, aud: AUDIENCE, sub: 'alice', role: 'editor', exp: now() + 600, ...more }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** Sign claims as an issuer, or somebody who wants to be one, would. */
export function sign(
  payload: JWTPayload,
  key: CryptoKey | Uint8Array,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', ...header }).sign(key)
}

export const rsaKeys = (): Promise<GenerateKeyPairResult> => generateKeyPair('RS256', { extractable: true })

/** A verifier of this test's issuer. */
export function verifierOf(environment: Record<string, string>): JwtVerifier {
  const config = testConfig({ JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, ...environment })
  const verify = createJwtVerifier(config)
  if (!verify) throw new Error('JWTs are not configured')
  return verify
}

export async function pemVerifier(key: CryptoKey, more: Record<string, string> = {}): Promise<JwtVerifier> {
  return verifierOf({ JWT_PUBLIC_KEY: await exportSPKI(key), ...more })
}

export interface KeyServer {
  readonly url: string
  /** Answers requests with these keys. */
  readonly publish: (keys: Readonly<Record<string, CryptoKey>>) => Promise<void>
  /** Answers requests with this instead. */
  readonly answer: (status: number, body: string) => void
  readonly requests: () => number
  readonly close: () => Promise<void>
}

/** An HTTP server with a JWK Set. */
export async function startKeyServer(): Promise<KeyServer> {
  let response = { status: 200, body: '{"keys":[]}' }
  let requests = 0
  const server = createServer((_, reply) => {
    requests++
    reply.writeHead(response.status, { 'content-type': 'application/json', location: '/elsewhere' }).end(response.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  closeLater(close)
  return {
    // A TCP server that listens has an address of this kind.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    publish: async (keys) => {
      const jwks: JSONWebKeySet = { keys: [] }
      for (const [kid, key] of Object.entries(keys)) jwks.keys.push({ ...(await exportJWK(key)), kid, alg: 'RS256' })
      response = { status: 200, body: JSON.stringify(jwks) }
    },
    answer: (status, body) => {
      response = { status, body }
    },
    requests: () => requests,
    close,
  }
}
