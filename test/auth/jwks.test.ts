import type { GenerateKeyPairResult } from 'jose'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { JwtKeysUnavailableError } from '../../src/auth/jwt.ts'
import { CredentialsUnavailableError, UnauthenticatedError } from '../../src/auth/viewer.ts'
import { claims, rsaKeys, sign, startKeyServer, verifierOf } from './issuer.ts'

let keys: GenerateKeyPairResult
let others: GenerateKeyPairResult
beforeAll(async () => {
  keys = await rsaKeys()
  others = await rsaKeys()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Both clocks stand still until `pass`. */
async function start() {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  const server = await startKeyServer()
  return { server, verify: verifierOf({ JWT_JWKS_URL: server.url }) }
}

function pass(seconds: number): void {
  vi.advanceTimersByTime(seconds * 1_000)
}

test('the keys are fetched once for many tokens, and only when there is a token', async () => {
  const { server, verify } = await start()
  await server.publish({ one: keys.publicKey })
  expect(server.requests()).toBe(0)
  const token = await sign(claims(), keys.privateKey, { kid: 'one' })
  await Promise.all(Array.from({ length: 20 }, () => verify(token)))
  expect(server.requests()).toBe(1)
})

test('a key that the issuer has added is found, and one that it has withdrawn stops to count', async () => {
  const { server, verify } = await start()
  await server.publish({ one: keys.publicKey })
  const one = () => sign(claims(), keys.privateKey, { kid: 'one' })
  const two = () => sign(claims(), others.privateKey, { kid: 'two' })
  await verify(await one())
  await server.publish({ two: others.publicKey })
  // Unknown key ids would otherwise let callers send us to the issuer as often as they like.
  await expect(verify(await two())).rejects.toThrow(UnauthenticatedError)
  expect(server.requests()).toBe(1)
  pass(31)
  expect(await verify(await two())).toMatchObject({ actor: 'jwt:alice' })
  await expect(verify(await one())).rejects.toThrow(UnauthenticatedError)
  expect(server.requests()).toBe(2)
})

test('withdrawn keys are forgotten after ten minutes, even when nobody asks for a new one', async () => {
  const { server, verify } = await start()
  await server.publish({ one: keys.publicKey })
  await verify(await sign(claims(), keys.privateKey, { kid: 'one' }))
  await server.publish({ two: others.publicKey })
  pass(601)
  await expect(verify(await sign(claims(), keys.privateKey, { kid: 'one' }))).rejects.toThrow(UnauthenticatedError)
})

test('a token signed with a key that is not published is refused, whatever key it names', async () => {
  const { server, verify } = await start()
  await server.publish({ one: keys.publicKey })
  for (const kid of ['one', 'two', '../../etc/passwd'])
    await expect(verify(await sign(claims(), others.privateKey, { kid })), kid).rejects.toThrow(UnauthenticatedError)
})

test.each([
  ['an error', 500, 'sorry'],
  ['a redirect', 302, ''],
  ['no JSON', 200, '<html>'],
  ['no keys', 200, '{}'],
])('an issuer that answers with %s is not the fault of the caller', async (_, status, body) => {
  const { server, verify } = await start()
  server.answer(status, body)
  const error: unknown = await verify(await sign(claims(), keys.privateKey)).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(JwtKeysUnavailableError)
  expect(error).toBeInstanceOf(CredentialsUnavailableError)
  expect(error).not.toBeInstanceOf(UnauthenticatedError)
  expect(server.requests()).toBe(1)
})

test('an issuer in trouble is asked at most every two seconds, and found again when it is back', async () => {
  const { server, verify } = await start()
  server.answer(503, '')
  const token = await sign(claims(), keys.privateKey, { kid: 'one' })
  for (let attempt = 0; attempt < 10; attempt++) await expect(verify(token)).rejects.toThrow(JwtKeysUnavailableError)
  expect(server.requests()).toBe(1)
  await server.publish({ one: keys.publicKey })
  pass(3)
  expect(await verify(token)).toMatchObject({ actor: 'jwt:alice' })
})

test('an issuer that cannot be reached is not the fault of the caller', async () => {
  const { server, verify } = await start()
  await server.close()
  await expect(verify(await sign(claims(), keys.privateKey))).rejects.toThrow(JwtKeysUnavailableError)
})
