import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/definition/json.ts'
import { validateDocument, validateText } from '../../src/definition/validate.ts'
import { aDefinition } from '../support/fixtures.ts'

// Put together here, so that no scanner takes this file for a leak.
const SECRETS = {
  'a GitHub token': `ghp_${'a1B2'.repeat(9)}`,
  'an AWS access key': `AKIA${'ABCD'.repeat(4)}`,
  'a Google API key': `AIza${'aB3-_'.repeat(7)}`,
  'a Slack token': `xoxb-${'1234567890'.repeat(2)}-abc`,
  'a Stripe key': `sk_live_${'a1B2c3'.repeat(4)}`,
  'a private key': '-----BEGIN RSA PRIVATE KEY-----\nMIIE',
  'a key of this catalog': `tcat_${'aB3'.repeat(12)}`,
}

test.each(Object.entries(SECRETS))('%s is refused wherever it stands, and never repeated', (kind, secret) => {
  const places: [string, JsonObject][] = [
    ['description', aDefinition({ description: `Use ${secret} to sign in.` })],
    ['platform', aDefinition({ platform: secret })],
    ['metadata.notes[1]', aDefinition({ metadata: { notes: ['x', secret] } })],
    ['metadata', aDefinition({ metadata: { [secret]: 'x' } })],
  ]
  for (const [path, document] of places) {
    const { problems, document: valid } = validateDocument(document)
    expect(valid).toBeUndefined()
    expect(problems).toEqual([expect.objectContaining({ severity: 'error', code: 'definition.secret', path })])
    expect(problems[0]?.message).toContain(kind)
    expect(JSON.stringify(problems)).not.toContain(secret.slice(0, 20))
  }
})

test('a secret is found at its line and column', () => {
  const text = `tool_name: x\nversion: "1"\ndescription: d\nplatform: linux\ncategory: system\ntoken: ${SECRETS['a GitHub token']}\n`
  expect(validateText(text).problems).toMatchObject([{ line: 6, column: 8, path: 'token' }])
})

test('what only talks about secrets is no secret', () => {
  const description = 'Tokens start with ghp_ or AKIA, and a PEM file with -----BEGIN CERTIFICATE-----; see tcat_ keys.'
  expect(validateDocument(aDefinition({ description })).document).toBeDefined()
})
