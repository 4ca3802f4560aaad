import { expect, test } from 'vitest'
import { type Followed, refusal, startFakeCatalog } from './fake-catalog.ts'
import { load, soon, versionsOf } from './loaded.ts'

const two = { version: '2.0.0' }

test.each([1000, 1001, 1005, 1006, 1011, 1012, 1013, 4004, 4400, 4408, 4409, 4429, 4500])(
  'a stream that is closed with %i is resumed behind the last revision',
  async (code) => {
    const { url, followed, change } = await startFakeCatalog()
    const { profiles, changes, statuses } = await load({ url })
    await soon(() => followed.length).toBe(1)
    change({ grep: two })
    await soon(() => changes.length).toBe(1)
    const first = followed[0]
    if (code === 1006) first?.socket.terminate()
    else first?.socket.close(code === 1005 ? undefined : code)
    await soon(() => followed[0] !== first && followed[0]?.variables.afterRevision).toBe('11')
    change({ find: two })
    await soon(() => versionsOf(profiles)).toEqual(['find 2.0.0', 'grep 2.0.0'])
    expect(changes.map(({ revision }) => revision)).toEqual(['11', '12'])
    expect(statuses.filter(({ status }) => status === 'error')).toEqual([])
  },
)

test.each<[string, (followed: Followed) => void]>([
  ['before the first item', ({ socket }) => socket.terminate()],
  ['by an error', ({ fail }) => fail('CONSUMER_TOO_SLOW')],
  ['by an error without a code', ({ raw }) => raw({ type: 'error', payload: [] })],
  ['by text that is not JSON', ({ raw }) => raw('{{{')],
  ['by a message of no type', ({ raw }) => raw({ type: 'tea' })],
  ['by an item of no kind', ({ item }) => item({ __typename: 'Teapot' })],
  ['by an item without a revision', ({ item }) => item({ __typename: 'Bookmark' })],
  ['by a revision that is none', ({ item }) => item({ __typename: 'Bookmark', revision: '-1' })],
  ['by a change set without events', ({ item }) => item({ __typename: 'ChangeSet', revision: '11' })],
  ['by a message that is far too large', ({ raw }) => raw('x'.repeat(5 * 1024 * 1024))],
])('a stream that ends %s is opened again, and nothing is lost', async (_, spoil) => {
  const { url, state, bookmark, change } = await startFakeCatalog()
  let times = 0
  state.follow = (one) => {
    if (++times > 3) return bookmark(one)
    spoil(one)
  }
  const { profiles } = await load({ url })
  await soon(() => times).toBeGreaterThan(3)
  await soon(() => profiles.status).toBe('ready')
  change({ grep: two })
  await soon(() => versionsOf(profiles)).toEqual(['find 1.0.0', 'grep 2.0.0'])
})

test('what the stream says in a way that nobody can read is read from a snapshot', async () => {
  const { url, state, bookmark } = await startFakeCatalog()
  state.follow = (one) => {
    state.revision = 11
    state.tools.delete('grep')
    if (one.variables.afterRevision === '10') one.item({ __typename: 'Teapot' })
    else bookmark(one)
  }
  const { profiles } = await load({ url })
  await soon(() => [profiles.revision, profiles.status]).toEqual(['11', 'ready'])
  expect(versionsOf(profiles)).toEqual(['find 1.0.0'])
})

test('a connection that is refused while it opens is tried again', async () => {
  const { url, state, followed } = await startFakeCatalog()
  let greetings = 0
  state.greet = (socket) => {
    greetings++
    if (greetings < 4) socket.terminate()
    else socket.send('{"type":"connection_ack"}')
  }
  const { profiles } = await load({ url })
  await soon(() => followed.length).toBe(1)
  expect(greetings).toBe(4)
  await soon(() => profiles.status).toBe('ready')
})

test.each<[string, number, unknown]>([
  ['nothing', 200, ''],
  ['a page of a proxy', 502, '<html>Bad gateway</html>'],
  ['half of an answer', 200, '{"data":{'],
  ['no data', 200, { extensions: { revision: '11' } }],
  ['no revision', 200, { data: { catalogState: { epoch: 'first' } } }],
  ['a tool that is none', 200, { data: { catalogState: { epoch: 'first' }, t0: 7 }, extensions: { revision: '11' } }],
  ['an error that it does not explain', 200, { errors: ['?'] }],
])('%s, instead of a changed tool, changes nothing, and it is read again', async (_, status, body) => {
  const { url, state, followed, change } = await startFakeCatalog()
  const { profiles, changes } = await load({ url })
  await soon(() => followed.length).toBe(1)
  let times = 0
  state.answer = ({ kind }) => (kind === 'tools' && ++times < 3 ? { status, body } : undefined)
  state.follow = ({ item }) =>
    item({ __typename: 'ChangeSet', revision: '11', events: [{ kind: 'VERSION_PUBLISHED', toolName: 'grep' }] })
  change({ grep: two })
  await soon(() => profiles.revision).toBe('11')
  expect(times).toBeGreaterThan(0)
  expect(versionsOf(profiles)).toEqual(['find 1.0.0', 'grep 2.0.0'])
  expect(changes.map(({ revision }) => revision)).toEqual(['11'])
})

test('while the server is away for longer than a moment the tools are stale, and they are still served', async () => {
  const { url, stop, followed } = await startFakeCatalog()
  // Long enough for the stream to open before it, and for the next one to be refused, on a busy machine too.
  const { profiles, statuses } = await load({ url, graceMs: 1_000 })
  await soon(() => followed.length).toBe(1)
  stop()
  await soon(() => profiles.status).toBe('stale')
  expect(versionsOf(profiles)).toEqual(['find 1.0.0', 'grep 1.0.0'])
  expect(profiles.source).toBe('server')
  expect(statuses).toHaveLength(1)
  expect(statuses[0]?.reason).toMatch(/^The catalog cannot be reached: .*ECONNREFUSED/)
})

test('a server that gives no sign of life is left, and followed again', async () => {
  const { url, state, followed, bookmark, change } = await startFakeCatalog()
  const { profiles } = await load({ url, keepAliveMs: 300 })
  await soon(() => followed.length).toBe(1)
  const first = followed[0]
  let pings = 0
  first?.socket.on('message', (text: Buffer) => {
    if (text.includes('"ping"')) pings++
  })
  await soon(() => pings).toBeGreaterThan(2)
  expect(followed[0]).toBe(first)
  // Whoever comes next finds it alive: a second stream that is left might be told of the change, or not.
  state.follow = (one) => {
    state.isAlive = true
    bookmark(one)
  }
  state.isAlive = false
  await soon(() => followed[0] !== first && followed.length).toBe(1)
  change({ grep: two })
  await soon(() => profiles.get('grep')?.version).toBe('2.0.0')
})

test('a credential that is not good any more is an error at once, and a renewed one mends it', async () => {
  const { url, state, followed } = await startFakeCatalog()
  const tokens = { good: 'first', mine: 'first' }
  state.greet = (socket, params) => {
    if (params?.authorization === `Bearer ${tokens.good}`) socket.send('{"type":"connection_ack"}')
    else socket.close(4403, 'Forbidden')
  }
  state.answer = ({ headers }) =>
    headers.authorization === `Bearer ${tokens.good}` ? undefined : refusal('UNAUTHENTICATED', 401)
  const { profiles } = await load({ url, token: async () => tokens.mine })
  await soon(() => followed.length).toBe(1)
  tokens.good = 'second'
  followed[0]?.socket.close(4403, 'Forbidden')
  await soon(() => profiles.status).toBe('error')
  expect(profiles.statusReason).toBe('The credential is not valid')
  expect(profiles.all()).toHaveLength(2)
  tokens.mine = 'second'
  await soon(() => profiles.status).toBe('ready')
})

test('a thousand changes that come at once are read together, and each is told', async () => {
  const { url, state, asked, followed } = await startFakeCatalog()
  const { profiles, changes } = await load({ url })
  await soon(() => followed.length).toBe(1)
  const events = [{ kind: 'VERSION_PUBLISHED', toolName: 'grep', version: '2.0.0' }]
  state.revision = 1_010
  for (let revision = 11; revision <= 1_010; revision++)
    followed[0]?.item({ __typename: 'ChangeSet', revision: String(revision), events })
  await soon(() => profiles.revision).toBe('1010')
  expect(changes.map(({ revision }) => Number(revision))).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 11))
  expect(asked.filter(({ kind }) => kind === 'tools').length).toBeLessThan(100)
})

test('more changes than may wait become one snapshot', async () => {
  const { url, state, asked, followed, change } = await startFakeCatalog()
  const { profiles, changes } = await load({ url })
  await soon(() => followed.length).toBe(1)
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  state.delay = ({ kind }) => (kind === 'tools' ? released : undefined)
  change({ grep: two })
  await soon(() => asked.some(({ kind }) => kind === 'tools')).toBe(true)
  const events = [{ kind: 'VERSION_PUBLISHED', toolName: 'find', version: '1.0.0' }]
  for (let revision = 12; revision <= 12_000; revision++)
    followed[0]?.item({ __typename: 'ChangeSet', revision: String(revision), events })
  state.revision = 12_000
  // The answer to what comes behind them: the client has read them all.
  const pong = new Promise<void>((resolve) => {
    followed[0]?.socket.on('message', (text: Buffer) => {
      if (text.includes('"pong"')) resolve()
    })
  })
  followed[0]?.raw({ type: 'ping' })
  await pong
  release()
  await soon(() => profiles.revision).toBe('12000')
  expect(changes.map(({ revision }) => revision)).toEqual(['11'])
  expect(asked.map(({ kind }) => kind)).toEqual(['page', 'tools', 'page'])
})

test('a listener that fails keeps neither the others nor the profiles from going on', async () => {
  const { url, followed, change } = await startFakeCatalog()
  const { profiles, changes, problems } = await load({ url })
  profiles.on('change', () => {
    throw new Error('not mine')
  })
  const later: string[] = []
  const end = profiles.on('change', ({ revision }) => later.push(revision))
  await soon(() => followed.length).toBe(1)
  change({ grep: two })
  await soon(() => later).toEqual(['11'])
  expect(problems.join()).toContain('not mine')
  end()
  change({ find: two })
  await soon(() => changes.length).toBe(2)
  expect(later).toEqual(['11'])
})

test('once it is closed it asks nothing, listens to nothing, and still serves', async () => {
  const { url, asked, followed, change } = await startFakeCatalog()
  const { profiles, changes } = await load({ url, refreshMs: 20 })
  await soon(() => followed.length).toBe(1)
  await profiles.close()
  await profiles[Symbol.asyncDispose]()
  await soon(() => followed.length).toBe(0)
  const before = asked.length
  change({ grep: two })
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect(asked).toHaveLength(before)
  expect(changes).toEqual([])
  expect(profiles.all()).toHaveLength(2)
  await expect(profiles.get('grep', '0.9.0')).rejects.toMatchObject({ code: 'CLOSED' })
})
