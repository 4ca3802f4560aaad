import { beforeAll, expect, test } from 'vitest'
import { expectError } from '../support/client.ts'
import { startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { makeFolder, type TestFolder, tool } from './folder.ts'
import { reloadsOf } from './following.ts'

const RELOAD = '... on ReloadCatalogSuccess { reload { id trigger outcome actor tool message revision created } }'
const PROBLEMS = '... on ReloadFailedError { problems { file line column severity path message } }'

let folder: TestFolder
let catalog: TestCatalog

beforeAll(async () => {
  folder = makeFolder()
  catalog = await startTestCatalog({ WATCH_DIR: folder.path })
})

test('an editor reloads, and gets what the history has of it', async () => {
  await folder.save('grep.yaml', tool('grep'))
  const answer = await catalog.done('reloadCatalog', { tool: 'grep', message: 'May review' }, RELOAD)
  expect(answer.reload).toMatchObject({
    trigger: 'MANUAL',
    actor: 'key:the editor',
    tool: 'grep',
    message: 'May review',
  })
  const [newest] = await reloadsOf(catalog.url, catalog.roles.editor, 'trigger: MANUAL')
  expect(newest.id).toBe(answer.reload.id)
})

test('a reader may not', async () => {
  const text = 'mutation { reloadCatalog(input: {}) { __typename } }'
  await expectError(catalog.url, text, 'FORBIDDEN', {}, catalog.roles.reader)
})

test('a dry run tells what would happen, and is not in the history', async () => {
  const before = await reloadsOf(catalog.url, catalog.roles.editor, 'trigger: MANUAL')
  const answer = await catalog.done('reloadCatalog', { dryRun: true }, RELOAD)
  expect(answer).toMatchObject({ dryRun: true, reload: null })
  expect(await reloadsOf(catalog.url, catalog.roles.editor, 'trigger: MANUAL')).toEqual(before)
})

test('a retry with the same id gets the first answer, and reloads nothing', async () => {
  const input = { clientMutationId: 'reload-1' }
  const first = await catalog.done('reloadCatalog', input, RELOAD)
  const before = await reloadsOf(catalog.url, catalog.roles.editor, 'trigger: MANUAL')
  await folder.save('broken.yaml', 'tool_name: [')
  const again = await catalog.done('reloadCatalog', input, RELOAD)
  expect(again.reload).toEqual(first.reload)
  expect(await reloadsOf(catalog.url, catalog.roles.editor, 'trigger: MANUAL')).toEqual(before)
  await catalog.refused('reloadCatalog', { ...input, tool: 'other' }, 'InvalidInputError')
  await folder.remove('broken.yaml')
})

test('a failure says which file, where, and what', async () => {
  await folder.save('broken.yaml', 'tool_name: broken\nversion: "1.0"\nplatform: [linux\n')
  const answer = await catalog.mutate('reloadCatalog', {}, PROBLEMS)
  expect(answer).toMatchObject({ __typename: 'ReloadFailedError', code: 'RELOAD_FAILED' })
  expect(answer.problems[0]).toMatchObject({ file: 'broken.yaml', severity: 'ERROR' })
  const [newest] = await reloadsOf(catalog.url, catalog.roles.editor, 'trigger: MANUAL')
  expect(newest).toMatchObject({ outcome: 'FAILED', actor: 'key:the editor' })
  await folder.remove('broken.yaml')
})

test('without a folder there is nothing to reload', async () => {
  const other = await startTestCatalog()
  expect(await other.refused('reloadCatalog', {}, 'NothingToReloadError')).toMatchObject({ code: 'NOTHING_TO_RELOAD' })
})
