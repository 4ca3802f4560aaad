import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../support/process.ts'

const BEFORE = '# Mine.\nplatform: Linux # here\ntool_name: a\nversion: 1.10\ndescription: A.\ncategory: system\n'
const AFTER = '# Mine.\ntool_name: a\nversion: "1.10"\ndescription: A.\nplatform: linux # here\ncategory: system\n'

test('validate --fix changes the files that need it, says what, and then reports what is left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-fix-'))
  const file = join(folder, 'a.yaml')
  writeFileSync(file, BEFORE)
  chmodSync(file, 0o640)
  writeFileSync(join(folder, 'good.yaml'), AFTER)
  writeFileSync(join(folder, 'bad.yaml'), 'tool_name: [')
  const goodBefore = statSync(join(folder, 'good.yaml')).ino
  const { code, output, stdout } = await runCommand(['validate', '--fix', folder])
  expect(code).toBe(1)
  expect(readFileSync(file, 'utf8')).toBe(AFTER)
  expect(statSync(file).mode & 0o777).toBe(0o640)
  expect(statSync(join(folder, 'good.yaml')).ino).toBe(goodBefore)
  expect(readFileSync(join(folder, 'bad.yaml'), 'utf8')).toBe('tool_name: [')
  expect(output).toContain(`${file}: version: 1.10 is "1.10" now\n`)
  expect(output).toContain(`${file}: platform: Linux is linux now\n`)
  expect(output).toContain(`${file}: the definition: its fields are in the usual order now\n`)
  expect(stdout).toMatch(/bad\.yaml:1:\d+ error yaml\.syntax[\s\S]*3 definitions, 1 error, 0 warnings/)
  expect(readdirSync(folder).sort()).toEqual(['a.yaml', 'bad.yaml', 'good.yaml'])
})

test('validate --fix - puts standard input right and gives it back', async () => {
  const { code, stdout, output } = await runCommand(['validate', '--fix', '-'], {}, BEFORE)
  expect({ code, stdout }).toEqual({ code: 0, stdout: AFTER })
  expect(output).toContain('-: platform: Linux is linux now\n')
  expect((await runCommand(['validate', '--fix', '--stream', '-'], {}, BEFORE)).code).toBe(2)
})
