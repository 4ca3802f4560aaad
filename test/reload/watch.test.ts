import { mkdir, open, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import type { App } from '../../src/app.ts'
import { validateText } from '../../src/definition/validate.ts'
import { startTestApp } from '../support/app.ts'
import { expectData } from '../support/client.ts'
import { makeFolder, type TestFolder, tool } from './folder.ts'
import { awaitReload, follow, reloadsOf, toolsOf } from './following.ts'

let folder: TestFolder
let app: App

beforeAll(async () => {
  folder = makeFolder()
  await folder.save('grep.yaml', tool('grep'))
  app = await startTestApp({ WATCH_DIR: folder.path })
})

const versionOf = async (name: string): Promise<string> =>
  (await expectData(app.url, `{ tool(name: "${name}") { latest { version } } }`)).tool?.latest.version

test('the folder is served when the server is ready, and the history says so', async () => {
  expect(app).toMatchObject({ tools: 1, revision: '1' })
  expect(await reloadsOf(app.url)).toMatchObject([
    { trigger: 'STARTUP', outcome: 'SUCCEEDED', actor: 'system', revision: '1', created: 1, files: 1 },
  ])
})

test('a save reaches a subscriber of the catalog within half a second', async () => {
  const socket = await follow(
    app.url,
    'subscription { catalogChanges { __typename ... on ChangeSet { revision source } } }',
  )
  await socket.next()
  const took: number[] = []
  for (let i = 1; i <= 5; i++) {
    const saved = performance.now()
    await folder.save('fast.yaml', tool('fast', { version: `1.0.${i}` }))
    let item = (await socket.next()).payload.data.catalogChanges
    while (item.__typename !== 'ChangeSet') item = (await socket.next()).payload.data.catalogChanges
    took.push(performance.now() - saved)
    expect(item.source).toBe('RELOAD')
  }
  // The machine has other things to do, too: the best of five.
  expect(Math.min(...took)).toBeLessThan(500)
  socket.socket.close()
})

test('a file that is written beside and renamed, as editors do, is one reload of one file', async () => {
  await folder.save('edited.yaml', tool('edited'))
  await awaitReload(app.url, { trigger: 'FILE_WATCH', created: 1, outcome: 'SUCCEEDED' })
  await writeFile(folder.place('.edited.yaml.tmp'), JSON.stringify(tool('edited', { version: '1.1.0' })))
  await writeFile(folder.place('edited.yaml~'), 'a backup')
  await rename(folder.place('.edited.yaml.tmp'), folder.place('edited.yaml'))
  await expect.poll(() => versionOf('edited'), { timeout: 5_000 }).toBe('1.1.0')
})

test('a file that is emptied, and written only a moment later, is never a failure', async () => {
  await folder.save('slow.yaml', tool('slow'))
  await expect.poll(() => versionOf('slow'), { timeout: 5_000 }).toBe('1.0.0')
  const file = await open(folder.place('slow.yaml'), 'w')
  await sleep(300)
  await file.write(`${JSON.stringify(tool('slow', { version: '2.0.0' }))}\n`)
  await file.close()
  await expect.poll(() => versionOf('slow'), { timeout: 5_000 }).toBe('2.0.0')
  expect((await reloadsOf(app.url)).filter(({ outcome }) => outcome === 'FAILED')).toEqual([])
})

/** @returns how long the file was there with its first half alone, in milliseconds */
async function saveInHalves(name: string): Promise<number> {
  const whole = `tool_name: ${name}\nversion: "1.0"\nplatform: linux\ncategory: files\ndescription: The first half\n`
  const cut = whole.lastIndexOf(' half')
  // What is there in between could be taken for a definition.
  expect(validateText(whole.slice(0, cut)).document).toBeDefined()
  const file = await open(folder.place(`${name}.yaml`), 'w')
  const started = performance.now()
  await file.write(whole.slice(0, cut))
  // Longer than what looks finished is left alone, and shorter than what breaks off in a line.
  await sleep(250)
  await file.write(whole.slice(cut))
  const apart = performance.now() - started
  await file.close()
  return apart
}

test('a file that is written in two halves is not taken over in between', async () => {
  const told = async (name: string) =>
    (await expectData(app.url, `{ tool(name: "${name}") { description history { totalCount } } }`)).tool
  // On a machine that others have, too, the second half may come when nobody waits for it any more: that one says nothing.
  for (let attempt = 1; ; attempt++) {
    const name = `halves-${attempt}`
    if ((await saveInHalves(name)) > 310 && attempt < 10) {
      await folder.remove(`${name}.yaml`)
      await expect.poll(() => told(name), { timeout: 5_000 }).toBeNull()
      continue
    }
    await expect.poll(async () => (await told(name))?.description, { timeout: 5_000 }).toBe('The first half')
    expect((await told(name)).history.totalCount).toBe(1)
    break
  }
})

test('a file that is renamed keeps its tool, and one that is deleted takes its tool along', async () => {
  const idOf = async () => (await expectData(app.url, '{ tool(name: "grep") { id } }')).tool?.id
  const before = await idOf()
  await folder.move('grep.yaml', 'linux/search.yaml')
  await awaitReload(app.url, { trigger: 'FILE_WATCH', outcome: 'UNCHANGED' })
  expect(await idOf()).toBe(before)
  await folder.remove('linux/search.yaml')
  await expect.poll(idOf, { timeout: 5_000 }).toBeUndefined()
  await awaitReload(app.url, { trigger: 'FILE_WATCH', deleted: 1 })
})

test('a broken file is told with its line, the catalog stays, and mending it is enough', async () => {
  const before = await toolsOf(app.url)
  await folder.save('broken.yaml', 'tool_name: broken\nversion: "1.0"\nplatform: [linux\n')
  await folder.save('innocent.yaml', tool('innocent'))
  const failed = await awaitReload(app.url, { trigger: 'FILE_WATCH', outcome: 'FAILED' })
  expect(failed.problems[0]).toMatchObject({ file: 'broken.yaml', severity: 'ERROR' })
  expect(failed.problems[0].line).toBeGreaterThan(1)
  expect(failed.error).toContain('broken.yaml')
  expect(await toolsOf(app.url)).toEqual(before)
  await folder.save('broken.yaml', tool('mended'))
  await expect.poll(() => toolsOf(app.url), { timeout: 5_000 }).toEqual([...before, 'innocent', 'mended'].sort())
})

test('a folder that goes away deletes nothing, and is followed again when it is back', async () => {
  const before = await toolsOf(app.url)
  await rename(folder.path, `${folder.path}-away`)
  const failed = await awaitReload(app.url, { outcome: 'FAILED', files: 0 })
  expect(failed.error).toContain('WATCH_DIR cannot be read')
  expect(await toolsOf(app.url)).toEqual(before)
  await rename(`${folder.path}-away`, folder.path)
  await folder.save('back.yaml', tool('back'))
  await expect.poll(() => toolsOf(app.url), { timeout: 10_000 }).toContain('back')
  await folder.save('again.yaml', tool('again'))
  await expect.poll(() => toolsOf(app.url), { timeout: 10_000 }).toContain('again')
})

test('a server whose folder is not there yet starts, says so, and picks it up', async () => {
  const late = makeFolder()
  const other = await startTestApp({ WATCH_DIR: late.place('later') })
  expect(await reloadsOf(other.url)).toMatchObject([{ trigger: 'STARTUP', outcome: 'FAILED' }])
  await late.save('later/grep.yaml', tool('grep'))
  await expect.poll(() => toolsOf(other.url), { timeout: 10_000 }).toEqual(['grep'])
})

test('a schedule reloads by itself', async () => {
  const scheduled = await startTestApp({ WATCH_DIR: makeFolder().path, RELOAD_SCHEDULE: '* * * * * *' })
  expect(await awaitReload(scheduled.url, { trigger: 'SCHEDULE' })).toMatchObject({
    outcome: 'UNCHANGED',
    actor: 'system',
  })
})

test('a ConfigMap that Kubernetes changes is taken over: the hidden link behind all files leads elsewhere', async () => {
  for (const version of ['1.0.0', '2.0.0']) {
    await mkdir(folder.place(`..${version}`))
    await writeFile(join(folder.place(`..${version}`), 'mapped.yaml'), JSON.stringify(tool('mapped', { version })))
  }
  await symlink('..1.0.0', folder.place('..data'))
  await symlink('..data/mapped.yaml', folder.place('mapped.yaml'))
  await expect.poll(() => versionOf('mapped'), { timeout: 5_000 }).toBe('1.0.0')
  await symlink('..2.0.0', folder.place('..data_tmp'))
  await rename(folder.place('..data_tmp'), folder.place('..data'))
  await expect.poll(() => versionOf('mapped'), { timeout: 5_000 }).toBe('2.0.0')
})
