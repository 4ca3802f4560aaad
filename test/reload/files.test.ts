import { describe, expect, test } from 'vitest'
import { importAll } from '../support/fixtures.ts'
import { joinReloader, kindsAt, startReloader, tool, toolId } from './folder.ts'

test('a folder is taken over in one revision, and a second reload finds nothing new', async () => {
  const { folder, bring, served } = await startReloader()
  await folder.save('linux/grep.yaml', tool('grep'))
  await folder.save('linux/sed.json', tool('sed'))
  await folder.save('notes.txt', 'not a definition')
  await folder.save('.grep.yaml.swp', 'what an editor leaves')
  const first = await bring()
  expect(first).toMatchObject({ outcome: 'succeeded', revision: '1', created: 2, updated: 0, deleted: 0, unchanged: 0 })
  expect(await served()).toEqual({ grep: '1.0.0', sed: '1.0.0' })
  expect(await bring()).toMatchObject({ outcome: 'unchanged', revision: undefined, created: 0, unchanged: 2 })
})

test('after a restart, files that have not changed are not imported again', async () => {
  const first = await startReloader()
  await first.folder.save('grep.yaml', tool('grep'))
  await first.bring()
  const second = joinReloader(first.database, first.folder)
  expect(await second.bring()).toMatchObject({ outcome: 'unchanged', unchanged: 1 })
})

test('only the file that changed is imported; what people did to the tools of the others stays', async () => {
  const catalog = await startReloader()
  const { folder, bring, served, database } = catalog
  await folder.save('grep.yaml', tool('grep'))
  await folder.save('sed.yaml', tool('sed'))
  await bring()
  await importAll(database, [tool('sed', { version: '9.0.0', description: 'By hand.' })])
  await folder.save('grep.yaml', tool('grep', { version: '1.1.0' }))
  const { revision, updated, unchanged } = await bring()
  expect({ updated, unchanged }).toEqual({ updated: 1, unchanged: 1 })
  expect(await kindsAt(catalog, revision)).toEqual(['VersionPublished'])
  expect(await served()).toEqual({ grep: '1.1.0', sed: '9.0.0' })
})

describe('a file that changed under the same version', () => {
  test('becomes the next version, and serves the old one again when it is put back', async () => {
    const catalog = await startReloader()
    const { folder, bring, served } = catalog
    await folder.save('grep.yaml', tool('grep'))
    await bring()
    await folder.save('grep.yaml', tool('grep', { description: 'Changed.' }))
    await bring()
    expect(await served()).toEqual({ grep: '1.0.1' })
    await folder.save('grep.yaml', tool('grep'))
    const back = await bring()
    expect(back).toMatchObject({ outcome: 'succeeded', updated: 1, unchanged: 0 })
    expect(await kindsAt(catalog, back.revision)).toEqual(['LatestMoved'])
    expect(await served()).toEqual({ grep: '1.0.0' })
    await folder.save('grep.yaml', tool('grep', { description: 'Changed.' }))
    await bring()
    expect(await served()).toEqual({ grep: '1.0.1' })
  })

  test('does not move a latest version that people chose', async () => {
    const { folder, bring, served, database } = await startReloader()
    await folder.save('grep.yaml', tool('grep'))
    await bring()
    await folder.save('grep.yaml', tool('grep', { description: 'Changed.' }))
    await bring()
    await importAll(database, [tool('grep', { version: '9.0.0' })])
    await folder.save('grep.yaml', tool('grep'))
    expect(await bring()).toMatchObject({ outcome: 'unchanged' })
    expect(await served()).toEqual({ grep: '9.0.0' })
  })

  test('changes nothing when only its comments changed', async () => {
    const { folder, bring } = await startReloader()
    const text = JSON.stringify(tool('grep'))
    await folder.save('grep.yaml', `${text}\n`)
    await bring()
    await folder.save('grep.yaml', `# mine\n${text}\n`)
    expect(await bring()).toMatchObject({ outcome: 'unchanged', unchanged: 1 })
  })

  test('overwrites the version, or fails, where the server is set up so', async () => {
    const over = await startReloader({ WATCH_ON_CONFLICT: 'overwrite' })
    await over.folder.save('grep.yaml', tool('grep'))
    await over.bring()
    await over.folder.save('grep.yaml', tool('grep', { description: 'Changed.' }))
    expect(await kindsAt(over, (await over.bring()).revision)).toEqual(['VersionOverwritten'])

    const strict = joinReloader(over.database, over.folder, { WATCH_ON_CONFLICT: 'fail' })
    await strict.folder.save('grep.yaml', tool('grep', { description: 'Changed again.' }))
    const report = await strict.reload()
    expect(report).toMatchObject({ outcome: 'failed', revision: undefined })
    expect(report.problems).toMatchObject([{ file: 'grep.yaml', code: 'reload.rejected', severity: 'error' }])
  })
})

describe('removing and renaming', () => {
  test('a file that is moved keeps its tool, and the tool still goes with it', async () => {
    const catalog = await startReloader()
    const { folder, bring, served } = catalog
    await folder.save('grep.yaml', tool('grep'))
    await folder.save('sed.yaml', tool('sed'))
    await bring()
    const before = await toolId(catalog, 'grep')
    await folder.move('grep.yaml', 'linux/search.yaml')
    expect(await bring()).toMatchObject({ outcome: 'unchanged' })
    expect(await toolId(catalog, 'grep')).toBe(before)
    await folder.remove('linux/search.yaml')
    const removed = await bring()
    expect(removed).toMatchObject({ outcome: 'succeeded', deleted: 1 })
    expect(await kindsAt(catalog, removed.revision)).toEqual(['ToolDeleted'])
    expect(await served()).toEqual({ sed: '1.0.0' })
  })

  test('removing a file deletes nothing that was there before the file', async () => {
    const { folder, bring, served, database } = await startReloader()
    await importAll(database, [tool('grep')])
    await folder.save('grep.yaml', tool('grep'))
    await folder.save('sed.yaml', tool('sed'))
    await bring()
    await folder.remove('grep.yaml')
    expect(await bring()).toMatchObject({ deleted: 0 })
    expect(await served()).toEqual({ grep: '1.0.0', sed: '1.0.0' })
  })

  test('a tool in two files goes with the last of them', async () => {
    const { folder, bring, served } = await startReloader()
    await folder.save('grep-1.yaml', tool('grep'))
    await bring()
    await folder.save('grep-2.yaml', tool('grep', { version: '2.0.0' }))
    await bring()
    await folder.remove('grep-1.yaml')
    expect(await bring()).toMatchObject({ deleted: 0 })
    expect(await served()).toEqual({ grep: '2.0.0' })
    await folder.save('sed.yaml', tool('sed'))
    await folder.remove('grep-2.yaml')
    expect(await bring()).toMatchObject({ deleted: 1 })
    expect(await served()).toEqual({ sed: '1.0.0' })
  })

  test('another name in a file is another tool, and the old one goes', async () => {
    const { folder, bring, served } = await startReloader()
    await folder.save('search.yaml', tool('grep'))
    await bring()
    await folder.save('search.yaml', tool('ripgrep'))
    expect(await bring()).toMatchObject({ created: 1, deleted: 1 })
    expect(await served()).toEqual({ ripgrep: '1.0.0' })
  })

  test('a tool that people renamed stays theirs when its file changes', async () => {
    const { folder, bring, served, database } = await startReloader()
    await folder.save('search.yaml', tool('grep'))
    await bring()
    await database.pool.query(`UPDATE tools SET name = 'egrep', name_key = 'egrep'`)
    await folder.save('search.yaml', tool('grep', { version: '2.0.0' }))
    expect(await bring()).toMatchObject({ created: 1, deleted: 0 })
    expect(await served()).toEqual({ egrep: '1.0.0', grep: '2.0.0' })
  })
})

describe('one tool', () => {
  test('is brought back to its file, whatever people made of it, and the others are left alone', async () => {
    const { folder, bring, served, database } = await startReloader()
    await folder.save('grep.yaml', tool('grep'))
    await folder.save('sed.yaml', tool('sed'))
    await bring()
    await importAll(database, [tool('grep', { version: '9.0.0' })])
    await folder.save('sed.yaml', tool('sed', { version: '2.0.0' }))
    await folder.save('broken.yaml', 'tool_name: [')
    expect(await bring({ tool: 'Grep' })).toMatchObject({ outcome: 'succeeded', updated: 1 })
    expect(await served()).toEqual({ grep: '1.0.0', sed: '1.0.0' })
  })

  test('that is in no file fails by its name', async () => {
    const { folder, reload } = await startReloader()
    await folder.save('grep.yaml', tool('grep'))
    const { outcome, error } = await reload({ tool: 'sed' })
    expect(outcome).toBe('failed')
    expect(error).toContain('"sed"')
  })
})

test('a dry run changes nothing and is not in the history', async () => {
  const { folder, reload, served, database } = await startReloader()
  await folder.save('grep.yaml', tool('grep'))
  const report = await reload({ dryRun: true })
  expect(report).toMatchObject({ id: undefined, created: 1, revision: undefined })
  expect(report.events.map(({ kind }) => kind)).toEqual(['ToolCreated'])
  expect(await served()).toEqual({})
  expect((await database.pool.query('SELECT FROM reloads')).rowCount).toBe(0)
})
