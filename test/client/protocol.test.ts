import { expect, test } from 'vitest'
import { refusal, resync, startFakeCatalog } from './fake-catalog.ts'
import { load, soon, versionsOf } from './loaded.ts'

const two = { version: '2.0.0' }

test('it follows from the revision of its snapshot, in the history of its snapshot', async () => {
  const { url, followed } = await startFakeCatalog()
  const { profiles } = await load({ url })
  expect(versionsOf(profiles)).toEqual(['find 1.0.0', 'grep 1.0.0'])
  await soon(() => followed[0]?.variables).toEqual({ afterRevision: '10', epoch: 'first' })
})

test('a change set is one query for all of its tools, of its revision at least, and one change', async () => {
  const { url, asked, followed, change } = await startFakeCatalog()
  const { profiles, changes } = await load({ url })
  await soon(() => followed.length).toBe(1)
  change({ grep: two, find: undefined, sed: {} })
  await soon(() => changes).toHaveLength(1)
  expect(changes[0]).toEqual({ revision: '11', epoch: 'first', tools: ['grep', 'find', 'sed'], reason: 'changed' })
  expect(versionsOf(profiles)).toEqual(['grep 2.0.0', 'sed 1.0.0'])
  expect(profiles.revision).toBe('11')
  const queries = asked.filter(({ kind }) => kind === 'tools')
  expect(queries).toHaveLength(1)
  expect(queries[0]?.headers['x-catalog-min-revision']).toBe('11')
})

test('a bookmark moves the revision, and is no change', async () => {
  const { url, followed } = await startFakeCatalog()
  const { profiles, changes } = await load({ url })
  await soon(() => followed.length).toBe(1)
  followed[0]?.item({ __typename: 'Bookmark', revision: '15' })
  await soon(() => profiles.revision).toBe('15')
  expect(changes).toEqual([])
})

test('a revision that comes again is not told again', async () => {
  const { url, followed, change } = await startFakeCatalog()
  const { changes } = await load({ url })
  await soon(() => followed.length).toBe(1)
  change({ grep: two })
  const again = { __typename: 'ChangeSet', revision: '11', events: [{ kind: 'X', toolName: 'grep', version: null }] }
  followed[0]?.item(again)
  change({ find: two })
  await soon(() => changes.map(({ revision }) => revision)).toContain('12')
  expect(changes.map(({ revision }) => revision)).toEqual(['11', '12'])
})

test.each([
  ['COMPACTED', 'first'],
  ['TOO_LARGE', 'first'],
  ['EPOCH_CHANGED', 'second'],
])('ResyncRequired(%s) replaces everything, and is followed from there', async (reason, epoch) => {
  const { url, state, followed, bookmark } = await startFakeCatalog()
  const { profiles, changes } = await load({ url })
  await soon(() => followed.length).toBe(1)
  // Nothing is merged: what the snapshot does not have is gone, and a new history may begin lower.
  state.tools.delete('grep')
  state.tools.set('sed', { ...state.tools.get('find'), tool_name: 'sed' })
  state.epoch = epoch
  state.revision = epoch === 'first' ? 20 : 3
  state.follow = bookmark
  followed[0]?.item(resync(reason, state.revision))
  followed[0]?.socket.close(1000)
  await soon(() => versionsOf(profiles)).toEqual(['find 1.0.0', 'sed 1.0.0'])
  expect(changes).toEqual([{ revision: String(state.revision), epoch, tools: ['grep', 'sed'], reason: 'resynced' }])
  await soon(() => followed.at(-1)?.variables).toEqual({ afterRevision: String(state.revision), epoch })
  await soon(() => profiles.status).toBe('ready')
})

test('a snapshot is never older than what the stream has said, whichever replica answers', async () => {
  const { url, state, asked, followed, bookmark } = await startFakeCatalog()
  const { profiles } = await load({ url })
  await soon(() => followed.length).toBe(1)
  state.revision = 15
  state.follow = bookmark
  followed[0]?.item({ __typename: 'Bookmark', revision: '15' })
  await soon(() => profiles.revision).toBe('15')
  followed[0]?.item(resync('TOO_LARGE', 15))
  await soon(() => asked.map(({ headers }) => headers['x-catalog-min-revision'])).toEqual(['0', '15'])
  // And the stream that could not go on is left.
  await soon(() => followed.map(({ variables }) => variables.afterRevision)).toEqual(['15'])
})

test('nor is it older than an answer that was ahead of the stream', async () => {
  const { url, state, asked, followed } = await startFakeCatalog()
  const { profiles } = await load({ url })
  await soon(() => followed.length).toBe(1)
  state.revision = 19
  const events = [{ kind: 'VERSION_PUBLISHED', toolName: 'grep', version: '1.0.0' }]
  followed[0]?.item({ __typename: 'ChangeSet', revision: '11', events })
  await soon(() => profiles.revision).toBe('11')
  followed[0]?.item({ __typename: 'ChangeSet', revision: '12', events })
  await soon(() => profiles.revision).toBe('12')
  const asking = asked.map(({ kind, headers }) => [kind, headers['x-catalog-min-revision']])
  expect(asking).toEqual([
    ['page', '0'],
    ['tools', '11'],
    ['tools', '19'],
  ])
})

test('with a snapshot the versions that were asked for are forgotten', async () => {
  const { url, asked, followed } = await startFakeCatalog()
  const { profiles } = await load({ url })
  await soon(() => followed.length).toBe(1)
  await profiles.get('grep', '0.9.0')
  await profiles.get('grep', '0.9.0')
  const count = (wanted: string) => asked.filter(({ kind }) => kind === wanted).length
  expect(count('version')).toBe(1)
  const first = followed[0]
  first?.item(resync('COMPACTED', 10))
  // Only what holds the snapshot follows anew.
  await soon(() => followed[0] !== first && followed.length).toBe(1)
  expect(count('page')).toBe(2)
  await profiles.get('grep', '0.9.0')
  expect(count('version')).toBe(2)
})

test('a history that was replaced while nobody looked is found out by its revision', async () => {
  const { url, state, followed, bookmark } = await startFakeCatalog()
  const { profiles, changes } = await load({ url })
  await soon(() => followed.length).toBe(1)
  state.revision = 4
  state.tools.delete('grep')
  // As a server that is at 4, and waits for 10 in vain.
  state.follow = (one) => (Number(one.variables.afterRevision) > 4 ? one.fail('FUTURE_REVISION') : bookmark(one))
  state.answer = ({ headers }) =>
    Number(headers['x-catalog-min-revision']) > 4 ? refusal('REVISION_NOT_YET_AVAILABLE', 503) : undefined
  followed[0]?.socket.close(1012)
  await soon(() => profiles.revision).toBe('4')
  expect(versionsOf(profiles)).toEqual(['find 1.0.0'])
  await soon(() => followed.at(-1)?.variables.afterRevision).toBe('4')
  expect(changes.map(({ revision, reason }) => [revision, reason])).toEqual([['4', 'resynced']])
})

test('while a replica is behind, what is held stays, and is followed on when it has caught up', async () => {
  const { url, state, followed, asked } = await startFakeCatalog()
  const { profiles, changes } = await load({ url })
  await soon(() => followed.length).toBe(1)
  state.revision = 11
  const tries = { stream: 0, tools: 0 }
  const events = [{ kind: 'VERSION_PUBLISHED', toolName: 'sed', version: '1.0.0' }]
  state.tools.set('sed', { ...state.tools.get('grep'), tool_name: 'sed' })
  state.follow = ({ fail, item }) =>
    ++tries.stream < 3 ? fail('FUTURE_REVISION') : item({ __typename: 'ChangeSet', revision: '11', events })
  state.answer = ({ kind }) =>
    kind === 'tools' && ++tries.tools < 3 ? refusal('REVISION_NOT_YET_AVAILABLE', 503) : undefined
  followed[0]?.socket.close(1012)
  await soon(() => versionsOf(profiles)).toEqual(['find 1.0.0', 'grep 1.0.0', 'sed 1.0.0'])
  expect(changes.map(({ revision }) => revision)).toEqual(['11'])
  expect(tries).toEqual({ stream: 5, tools: 3 })
  expect(asked.filter(({ kind }) => kind === 'page')).toHaveLength(1)
})

test('pages of different revisions are read anew', async () => {
  const { url, state, asked } = await startFakeCatalog(['a', 'b', 'c', 'd'])
  state.pageSize = 2
  state.answer = ({ variables, kind }) => {
    // Once: a tool comes in front of the page that has been read already.
    if (kind !== 'page' || variables.after == null || state.revision > 10) return undefined
    state.revision = 11
    state.tools.set('aa', { ...state.tools.get('a'), tool_name: 'aa' })
    return undefined
  }
  const { profiles } = await load({ url })
  expect(profiles.all().map(({ name }) => name)).toEqual(['a', 'aa', 'b', 'c', 'd'])
  expect(profiles.revision).toBe('11')
  expect(asked.filter(({ kind }) => kind === 'page')).toHaveLength(2 + 3)
})

test('pages of two histories are read anew', async () => {
  const { url, state } = await startFakeCatalog(['a', 'b'])
  state.pageSize = 1
  let pages = 0
  state.answer = () => {
    if (++pages === 2) state.epoch = 'second'
    return undefined
  }
  const { profiles } = await load({ url })
  expect([profiles.epoch, pages]).toEqual(['second', 4])
})

test('a changed tool that another history answers with is not mixed into this one', async () => {
  const { url, state, followed, change } = await startFakeCatalog()
  const { profiles, changes } = await load({ url })
  await soon(() => followed.length).toBe(1)
  state.answer = ({ kind }) => {
    if (kind === 'tools') state.epoch = 'second'
    return undefined
  }
  change({ grep: undefined, sed: {} })
  state.tools.delete('find')
  await soon(() => profiles.epoch).toBe('second')
  expect(versionsOf(profiles)).toEqual(['sed 1.0.0'])
  expect(changes.map(({ reason, epoch }) => [reason, epoch])).toEqual([['resynced', 'second']])
})

test('a version that is answered while its tool changes is not kept', async () => {
  const { url, state, asked, followed, change } = await startFakeCatalog()
  const { profiles, changes } = await load({ url })
  await soon(() => followed.length).toBe(1)
  state.delay = ({ kind }) => (kind === 'version' ? soon(() => changes.length).toBe(1) : undefined)
  const late = profiles.get('grep', '0.9.0')
  await soon(() => asked.filter(({ kind }) => kind === 'version').length).toBe(1)
  change({ grep: two })
  await late
  await profiles.get('grep', '0.9.0')
  expect(asked.filter(({ kind }) => kind === 'version')).toHaveLength(2)
})

test('under a writer that never rests it is followed from the lowest revision of the pages', async () => {
  const { url, state, followed } = await startFakeCatalog(['a', 'b', 'c'])
  state.pageSize = 1
  state.answer = ({ kind }) => {
    if (kind === 'page') state.revision++
    return undefined
  }
  await load({ url })
  // Two tries end at their second page; the third reads all three: revisions 15, 16 and 17.
  await soon(() => followed[0]?.variables.afterRevision).toBe('15')
})
