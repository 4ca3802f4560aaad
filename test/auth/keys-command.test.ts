import { userInfo } from 'node:os'
import { beforeAll, expect, test } from 'vitest'
import { isApiKey } from '../../src/auth/api-key.ts'
import { cloneDatabase } from '../support/database.ts'
import { runCommand } from '../support/process.ts'

let environment: Record<string, string>
beforeAll(async () => {
  environment = await cloneDatabase()
})

const run = (...args: string[]) => runCommand(['keys', ...args], environment)
const listed = async () => JSON.parse((await run('list', '--json')).stdout) as Record<string, unknown>[]

test('keys: create prints the key alone, list shows it without the key, revoke ends it', async () => {
  const empty = await run('list')
  expect(empty).toMatchObject({ code: 0, stdout: '' })
  expect(empty.output).toContain('tool-catalog keys create --role admin NAME')

  const created = await run('create', 'ci', '--role', 'editor', '--expires', '90d')
  expect(created.code).toBe(0)
  const key = created.stdout.trimEnd()
  expect(isApiKey(key)).toBe(true)
  expect(created.output).toMatch(/^Key ci \(editor\) created; it expires \d{4}-\d\d-\d\d \d\d:\d\dZ\./m)

  await run('create', 'a longer name', '--role', 'reader', '--json')
  const { code, stdout } = await run('list')
  expect(code).toBe(0)
  expect(
    stdout.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\dZ/g, 'YYYY-MM-DD hh:mmZ').replaceAll(/tcat_\w+…/g, 'tcat_XXXX…'),
  ).toBe(
    [
      'NAME           KEY         ROLE    CREATED            EXPIRES            LAST USED  STATE',
      'a longer name  tcat_XXXX…  reader  YYYY-MM-DD hh:mmZ  never              never      usable',
      'ci             tcat_XXXX…  editor  YYYY-MM-DD hh:mmZ  YYYY-MM-DD hh:mmZ  never      usable',
      '',
    ].join('\n'),
  )
  expect(stdout).toContain(`${key.slice(0, 9)}…`)
  expect(stdout).not.toContain(key)

  const revoked = await run('revoke', 'ci')
  const actor = `cli:${userInfo().username}`
  expect(revoked.code).toBe(0)
  expect(revoked.stdout).toMatch(/^Key ci \(tcat_\w{4}…\) revoked \d{4}-\d\d-\d\d \d\d:\d\dZ by cli:/)
  expect(await run('revoke', 'ci')).toMatchObject({ code: 0, stdout: revoked.stdout })
  const [, ci] = await listed()
  expect(ci).toMatchObject({ name: 'ci', state: 'revoked', createdBy: actor, revokedBy: actor })
})

test('keys create --json has the key and what is known of it', async () => {
  const { stdout } = await run('create', 'robot', '--role', 'admin', '--expires', '2999-12-31', '--json')
  const answer = JSON.parse(stdout) as { key: string; id: string }
  expect(isApiKey(answer.key)).toBe(true)
  expect(answer).toMatchObject({ name: 'robot', role: 'admin', expiresAt: '2999-12-31T00:00:00.000Z' })
  expect(answer).not.toHaveProperty('hash')
  expect(await run('revoke', answer.id)).toMatchObject({ code: 0 })
})

test('keys say in plain words what is wrong', async () => {
  await run('create', 'taken', '--role', 'reader')
  const cases: [string[], number, string][] = [
    [
      ['create', 'taken', '--role', 'reader'],
      1,
      'There is a key "taken" already: revoke it first, or take another name\n',
    ],
    [['create', 'a/b', '--role', 'reader'], 1, 'The name of a key has 1 to 100 letters'],
    [
      ['create', 'late', '--role', 'reader', '--expires', '2020-01-01'],
      1,
      'The expiry of a key must lie in the future\n',
    ],
    [['create', 'late', '--role', 'reader', '--expires', '2027-02-31'], 2, 'Must be a number of days such as 90d'],
    [['create', 'late', '--role', 'owner'], 2, 'Allowed choices are reader, editor, admin'],
    [['create', 'late'], 2, "required option '--role <role>' not specified"],
    [['revoke', 'nobody'], 1, 'There is no key "nobody". tool-catalog keys list shows every key.\n'],
    [[], 2, 'KEY=$(tool-catalog keys create ci --role editor --expires 90d)'],
  ]
  for (const [args, code, message] of cases) {
    const result = await run(...args)
    expect(result.output, args.join(' ')).toContain(message)
    expect(result, args.join(' ')).toMatchObject({ code, stdout: '' })
    expect(result.output).not.toMatch(/^ {4}at /m)
  }
})
