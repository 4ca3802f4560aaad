import { exportJWK, exportPKCS8, exportSPKI, type GenerateKeyPairResult, generateKeyPair, UnsecuredJWT } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { createAuthenticator } from '../../src/auth/authenticator.ts'
import { CLOCK_TOLERANCE_S, createJwtVerifier } from '../../src/auth/jwt.ts'
import { UnauthenticatedError } from '../../src/auth/viewer.ts'
import { ConfigError } from '../../src/config.ts'
import { createLogger } from '../../src/logger.ts'
import { testConfig } from '../support/database.ts'
import { AUDIENCE, claims, ISSUER, now, pemVerifier, rsaKeys, sign, startKeyServer, verifierOf } from './issuer.ts'

let keys: GenerateKeyPairResult
let others: GenerateKeyPairResult
beforeAll(async () => {
  keys = await rsaKeys()
  others = await rsaKeys()
})

/** What the log would say of a token that must be refused. */
async function refusal(token: string, more: Record<string, string> = {}): Promise<string> {
  const verify = await pemVerifier(keys.publicKey, more)
  const error: unknown = await verify(token).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(UnauthenticatedError)
  return (error as UnauthenticatedError).reason
}

test('a signed token says who its bearer is, what they may do and until when', async () => {
  const verify = await pemVerifier(keys.publicKey)
  const exp = now() + 600
  expect(await verify(await sign(claims({ exp }), keys.privateKey))).toEqual({
    actor: 'jwt:alice',
    role: 'editor',
    via: 'jwt',
    keyId: undefined,
    expiresAt: new Date(exp * 1_000),
  })
})

test('a token for several audiences is good when we are one of them, and the role may be in another claim', async () => {
  const token = await sign(claims({ aud: ['billing', AUDIENCE], role: 'reader', groups: 'admin' }), keys.privateKey)
  const verify = await pemVerifier(keys.publicKey, { JWT_ROLE_CLAIM: 'groups' })
  expect(await verify(token)).toMatchObject({ role: 'admin' })
})

test('the public key may stand on one line, as environment files have it', async () => {
  const pem = await exportSPKI(keys.publicKey)
  const verify = verifierOf({ JWT_PUBLIC_KEY: `${pem.trim().replaceAll('\n', '\\n')}\\n` })
  expect(await verify(await sign(claims(), keys.privateKey))).toMatchObject({ actor: 'jwt:alice' })
})

test.each([
  ['another audience', { aud: 'billing' }, '"aud"'],
  ['no audience', { aud: undefined }, '"aud"'],
  ['another issuer', { iss: 'https://evil.example.org/' }, '"iss"'],
  ['no issuer', { iss: undefined }, '"iss"'],
  ['no expiry', { exp: undefined }, '"exp"'],
  ['an expiry that is a text', { exp: '2999-01-01' }, '"exp"'],
  ['an expiry beyond all time', { exp: 1e300 }, '"exp"'],
  ['an expiry in the past', { exp: now() - CLOCK_TOLERANCE_S - 5 }, '"exp"'],
  ['a beginning in the future', { nbf: now() + CLOCK_TOLERANCE_S + 60 }, '"nbf"'],
  ['no subject', { sub: undefined }, '"sub"'],
  ['an empty subject', { sub: '' }, '"sub"'],
  ['a subject that is a number', { sub: 7 }, '"sub"'],
  ['a subject of 201 characters', { sub: 'x'.repeat(201) }, '"sub"'],
  ['a subject with a line break', { sub: 'alice\nadmin' }, '"sub"'],
  ['a subject that writes backwards', { sub: 'alice\u202enimda' }, '"sub"'],
  ['no role', { role: undefined }, '"role"'],
  ['the role none', { role: 'none' }, '"role"'],
  ['an unknown role', { role: 'Admin' }, '"role"'],
  ['a list of roles', { role: ['admin'] }, '"role"'],
])('a token with %s is refused', async (_, more, reason) => {
  expect(await refusal(await sign(claims(more), keys.privateKey))).toContain(reason)
})

test('clocks may differ by half a minute', async () => {
  const verify = await pemVerifier(keys.publicKey)
  expect(CLOCK_TOLERANCE_S).toBeLessThanOrEqual(60)
  await verify(await sign(claims({ exp: now() - CLOCK_TOLERANCE_S + 10 }), keys.privateKey))
  await verify(await sign(claims({ nbf: now() + CLOCK_TOLERANCE_S - 10 }), keys.privateKey))
})

test('a token without a signature is refused, whatever it is signed with in words', async () => {
  const unsigned = new UnsecuredJWT(claims()).encode()
  const signed = await sign(claims(), keys.privateKey)
  expect(await refusal(unsigned)).toContain('"alg"')
  expect(await refusal(signed.replace(/[^.]+$/, ''))).toContain('signature')
  expect(await refusal(signed.replace(/^[^.]+/, unsigned.split('.')[0] ?? ''))).toContain('"alg"')
})

test('a token whose text was changed after signing is refused', async () => {
  const [head, , signature] = (await sign(claims({ role: 'reader' }), keys.privateKey)).split('.')
  const body = Buffer.from(JSON.stringify(claims({ role: 'admin' }))).toString('base64url')
  expect(await refusal([head, body, signature].join('.'))).toContain('signature')
})

test('the public key is no secret: a token signed with its text (HS256) is refused', async () => {
  const pem = await exportSPKI(keys.publicKey)
  for (const text of [pem, pem.trim(), `${pem}\n`]) {
    const token = await sign(claims(), new TextEncoder().encode(text), { alg: 'HS256' })
    expect(await refusal(token)).toContain('"alg"')
  }
})

test('an algorithm that is not listed is refused, even with the right key', async () => {
  const token = await sign(claims(), keys.privateKey)
  expect(await refusal(token, { JWT_ALGORITHMS: 'RS512,ES256' })).toContain('"alg"')
})

test('a listed algorithm that does not fit the key is refused', async () => {
  const curve = await generateKeyPair('ES256')
  await refusal(await sign(claims(), curve.privateKey, { alg: 'ES256' }))
})

test('what a token says about its key is not read: jku, x5u, jwk, x5c, kid', async () => {
  const evil = await startKeyServer()
  await evil.publish({ evil: others.publicKey })
  const jwk = await exportJWK(others.publicKey)
  const headers = [
    { jku: evil.url, kid: 'evil' },
    { x5u: evil.url },
    { jwk },
    { x5c: [Buffer.from('certificate').toString('base64')] },
    { kid: '../../etc/passwd' },
    { kid: `' OR 1=1 --` },
  ]
  for (const header of headers) {
    expect(await refusal(await sign(claims(), others.privateKey, header)), JSON.stringify(header)).toContain(
      'signature',
    )
  }
  expect(evil.requests()).toBe(0)
})

test('an extension that must be understood, and is not, is refused', async () => {
  const token = await sign(claims(), keys.privateKey)
  const head = Buffer.from('{"alg":"RS256","crit":["exp"],"exp":1}').toString('base64url')
  expect(await refusal(token.replace(/^[^.]+/, head))).toContain('exp')
})

test.each(['', 'a.b', 'a.b.c', '..', 'e30.e30.e30', 'a.b.c.d.e'])('%j is no token', async (text) => {
  await refusal(text)
})

test('keys that cannot be used are refused before the server starts', async () => {
  const pem = await exportSPKI(keys.publicKey)
  const cases: [Record<string, string>, string][] = [
    [{ JWT_PUBLIC_KEY: await exportPKCS8(keys.privateKey) }, 'JWT_PUBLIC_KEY: must begin with'],
    [{ JWT_PUBLIC_KEY: 'ssh-rsa AAAA' }, 'JWT_PUBLIC_KEY: must begin with'],
    [{ JWT_PUBLIC_KEY: pem.replace('MII', 'AAA') }, 'JWT_PUBLIC_KEY: cannot be read'],
    [{ JWT_PUBLIC_KEY: pem, JWT_ALGORITHMS: 'ES256,EdDSA' }, 'JWT_ALGORITHMS: none of them fits'],
    [{ JWT_PUBLIC_KEY: pem, JWT_ALGORITHMS: ',' }, 'JWT_ALGORITHMS: none of them fits'],
  ]
  for (const [environment, message] of cases) {
    expect(() => verifierOf(environment)).toThrow(ConfigError)
    expect(() => verifierOf(environment)).toThrow(message)
    expect(() => verifierOf(environment)).not.toThrow('PRIVATE')
  }
})

test('without an issuer there are no JWTs, and without an audience none are taken', () => {
  expect(createJwtVerifier(testConfig({}))).toBeUndefined()
  const config = { ...testConfig({}), JWT_ISSUER: ISSUER, JWT_AUDIENCE: undefined }
  expect(() => createJwtVerifier(config)).toThrow('JWT_AUDIENCE')
})

test('the authenticator takes JWTs where they are configured, and ends their connections when they expire', async () => {
  const pem = await exportSPKI(keys.publicKey)
  const config = testConfig({ JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, JWT_PUBLIC_KEY: pem })
  const logger = createLogger(config)
  const authenticator = createAuthenticator({ config, logger, database: () => undefined, anonymousRole: 'none' })
  const viewer = await authenticator.authenticate(await sign(claims(), keys.privateKey))
  expect(viewer).toMatchObject({ actor: 'jwt:alice', role: 'editor' })
  expect(await authenticator.stillGood(viewer)).toBe(true)
  const late = (seconds: number) => ({ ...viewer, expiresAt: new Date((now() - seconds) * 1_000) })
  expect(await authenticator.stillGood(late(CLOCK_TOLERANCE_S - 5))).toBe(true)
  expect(await authenticator.stillGood(late(CLOCK_TOLERANCE_S + 5))).toBe(false)
  const long = await sign(claims({ padding: 'x'.repeat(8_192) }), keys.privateKey)
  await expect(authenticator.authenticate(long)).rejects.toThrow(UnauthenticatedError)
  await authenticator.stop()
})
