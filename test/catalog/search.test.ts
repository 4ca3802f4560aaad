import { beforeAll, describe, expect, test } from 'vitest'
import { InvalidInputError } from '../../src/catalog/errors.ts'
import { searchTools } from '../../src/catalog/search.ts'
import { fillEmptyCatalog } from '../../src/catalog/starter.ts'
import type { ToolFilter } from '../../src/catalog/tools.ts'
import type { Database } from '../../src/db/database.ts'
import { withSnapshot } from '../../src/db/snapshot.ts'
import { openTestDatabase } from '../support/database.ts'

let database: Database
let names: Map<string, string>
beforeAll(async () => {
  database = await openTestDatabase()
  await fillEmptyCatalog(database, () => {})
  const { rows } = await database.pool.query('SELECT id, name FROM tools')
  names = new Map(rows.map(({ id, name }) => [id, name]))
})

const hits = (phrase: string, filter: ToolFilter = {}) =>
  withSnapshot(database, (reader) => searchTools(reader, phrase, filter))
const search = async (phrase: string, filter: ToolFilter = {}) =>
  (await hits(phrase, filter)).map(({ toolId }) => names.get(toolId) ?? '')

test('every tool is the first answer to its own name, however it is written', async () => {
  const missed: string[] = []
  for (const name of names.values()) {
    for (const phrase of [name, name.toUpperCase(), ` ${name} `, name.replace(/[-_]/g, ' ')]) {
      const [first] = await search(phrase)
      if (first !== name) missed.push(`${phrase} gave ${first}`)
    }
  }
  expect(missed).toEqual([])
}, 300_000)

describe('a phrase', () => {
  test('finds the same in any word order', async () => {
    const forward = await search('restart service')
    expect(forward.length).toBeGreaterThan(1)
    expect(await search('service restart')).toEqual(forward)
    expect(forward.slice(0, 3)).toContain('systemctl')
  })

  test.each([
    ['kubctl', 'kubectl'],
    ['systmctl', 'systemctl'],
    ['tracerout', 'traceroute'],
    ['dokcer', 'docker'],
    ['sqlite', 'sqlite3'],
  ])('%s finds %s', async (phrase, name) => {
    expect(await search(phrase)).toContain(name)
  })

  test.each([
    ['journ', 'journalctl'],
    ['get-win', 'get-winevent'],
    ['terra', 'terraform'],
  ])('%s, the start of a name, finds %s', async (phrase, name) => {
    expect((await search(phrase)).map((found) => found.toLowerCase())).toContain(name)
  })

  test('in the words of who asks finds a tool by its use cases', async () => {
    expect((await search('which process uses a port')).slice(0, 5).some((name) => ['lsof', 'ss'].includes(name))).toBe(
      true,
    )
  })

  test.each([
    '%',
    '_',
    '%%%',
    '\\',
    "'",
    '"',
    "grep'",
    '"grep"',
    'grep:*',
    'grep & sed',
    'grep | !sed',
    '!grep',
    '(grep',
    'grep <-> sed',
    "'; DROP TABLE tools; --",
    ':',
    '&',
    '|',
    '!',
    '<->',
    '*',
    '🙂',
    '🙂 grep',
    'grep\n\tsed',
    '\u00e9',
    '日本語',
    'the of and',
    'a',
    '-',
    '--',
    '\ud800',
    'x'.repeat(200),
    'a b c d e f g h i j k l m n',
  ])('of %j is only text', async (phrase) => {
    const answer = await search(phrase)
    expect(new Set(answer).size).toBe(answer.length)
    if (/\bgrep\b/.test(phrase)) expect(answer).toContain('grep')
    if (!/[\p{L}\p{N}]/u.test(phrase)) expect(answer).toEqual([])
  })

  test('that is empty, blank or too long is refused', async () => {
    for (const phrase of ['', '   ', '\n'])
      await expect(search(phrase)).rejects.toThrow(new InvalidInputError('query must not be empty'))
    await expect(search('x'.repeat(201))).rejects.toThrow(
      new InvalidInputError('query may have 200 characters, not 201'),
    )
  })

  test('follows a filter, and never finds what is disabled or deleted unless asked', async () => {
    expect(await search('service', { platform: 'windows' })).not.toContain('systemctl')
    await database.pool.query("UPDATE tools SET enabled = false WHERE name = 'mtr'")
    expect(await search('mtr')).not.toContain('mtr')
    expect((await search('mtr', { enabled: null }))[0]).toBe('mtr')
    await database.pool.query("UPDATE tools SET enabled = true, deleted_at = now() WHERE name = 'mtr'")
    expect(await search('mtr', { enabled: null })).not.toContain('mtr')
    await database.pool.query("UPDATE tools SET deleted_at = NULL WHERE name = 'mtr'")
  })
})

describe('a hit says how it matched', () => {
  const matchesOf = async (phrase: string, name: string) =>
    (await hits(phrase)).find(({ toolId }) => names.get(toolId) === name)?.matches

  test('the name itself', async () => {
    expect(await matchesOf('GREP', 'grep')).toContainEqual({ word: 'grep', field: 'name', kind: 'exact', text: 'grep' })
  })

  test('the start of it', async () => {
    expect(await matchesOf('journ', 'journalctl')).toContainEqual({
      word: 'journ',
      field: 'name',
      kind: 'prefix',
      text: 'journalctl',
    })
  })

  test('a likely spelling', async () => {
    expect(await matchesOf('kubctl', 'kubectl')).toContainEqual({
      word: 'kubctl',
      field: 'name',
      kind: 'similar',
      text: 'kubectl',
    })
  })

  test('each word of the phrase, best first', async () => {
    const matches = (await matchesOf('grep linux', 'grep')) ?? []
    expect(matches.map(({ word, field }) => `${word} ${field}`)).toEqual(['grep name', 'linux tag'])
  })
})

test('scores fall from the first answer to the last', async () => {
  const scores = (await hits('list files')).map(({ score }) => score)
  expect(scores.length).toBeGreaterThan(5)
  expect(scores).toEqual(scores.toSorted((a, b) => b - a))
})
