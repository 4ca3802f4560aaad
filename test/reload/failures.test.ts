import { rename } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { startReloader, tool } from './folder.ts'

describe('a folder that is not there', () => {
  test('fails, says so, and deletes nothing', async () => {
    const { folder, bring, reload, served } = await startReloader()
    await folder.save('grep.yaml', tool('grep'))
    await bring()
    await rename(folder.path, `${folder.path}-away`)
    const gone = await reload()
    expect(gone).toMatchObject({ outcome: 'failed', deleted: 0, isTransient: false })
    expect(gone.error).toContain('WATCH_DIR cannot be read (ENOENT)')
    await rename(`${folder.path}-away`, folder.path)
    await folder.remove('grep.yaml')
    const empty = await reload()
    expect(empty.error).toContain('Is it mounted?')
    expect(await served()).toEqual({ grep: '1.0.0' })
  })

  test('is no failure when it is there, and empty, and nothing came from it', async () => {
    expect(await (await startReloader()).reload()).toMatchObject({ outcome: 'unchanged' })
  })
})

describe('a broken file', () => {
  test('fails the whole reload, names the place, and is mended', async () => {
    const { folder, bring, reload, served } = await startReloader()
    await folder.save('grep.yaml', tool('grep'))
    await bring()
    await folder.save('sed.yaml', tool('sed'))
    await folder.save('linux/awk.yaml', 'tool_name: awk\nversion: "1.0"\ndescription: x\n  platform: linux\n')
    const report = await reload()
    expect(report).toMatchObject({ outcome: 'failed', created: 0, isTransient: false })
    expect(report.error).toContain('linux/awk.yaml')
    expect(report.problems).toMatchObject([{ file: 'linux/awk.yaml', line: 4, severity: 'error' }])
    expect(report.problems[0]?.column).toBeGreaterThan(1)
    expect(await served()).toEqual({ grep: '1.0.0' })
    await folder.save('linux/awk.yaml', tool('awk'))
    expect(await bring()).toMatchObject({ created: 2 })
  })

  test('has every problem of every file in the report, at most 500', async () => {
    const { folder, reload } = await startReloader()
    const bad = { time_estimate_ms: '1 +', complexity_score: 7 }
    for (let i = 0; i < 3; i++)
      await folder.save(
        `t${i}.yaml`,
        tool(`t${i}`, { capabilities: { c: { description: 'x', patterns: { p: bad } } } }),
      )
    const { problems } = await reload()
    for (let i = 0; i < 3; i++)
      expect(
        problems.filter(({ file, severity }) => file === `t${i}.yaml` && severity === 'error').length,
      ).toBeGreaterThan(1)
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`p${index}`, bad]))
    for (const name of ['many', 'more', 'most', 'all'])
      await folder.save(`${name}.yaml`, tool(name, { capabilities: { c: { description: 'x', patterns: many } } }))
    const report = await reload()
    expect(report.problems).toHaveLength(500)
    expect(report.problems.every(({ severity }) => severity === 'error')).toBe(true)
  })

  test('is also the same version of a tool in two files, which names both', async () => {
    const { folder, reload } = await startReloader()
    await folder.save('a.yaml', tool('grep'))
    await folder.save('b.yaml', tool('GREP'))
    const { outcome, problems } = await reload()
    expect(outcome).toBe('failed')
    expect(problems).toMatchObject([{ file: 'b.yaml', code: 'file.repeated' }])
    expect(problems[0]?.message).toContain('a.yaml')
  })
})
