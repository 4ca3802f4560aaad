import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { digest } from '../../src/definition/canonical.ts'
import { serialise } from '../../src/definition/serialise.ts'
import { decodeSource } from '../../src/definition/source.ts'
import { validateText } from '../../src/definition/validate.ts'

/** Real definitions, kept beside the repository and not in it. */
const samples = fileURLToPath(new URL('../../../shared/samples/yaml', import.meta.url))
const catalog = fileURLToPath(new URL('../../catalog', import.meta.url))

function definitionFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.yaml')).map((name) => `${folder}/${name}`)
}

function read(file: string): string {
  const decoded = decodeSource(readFileSync(file))
  if ('problem' in decoded) throw new Error(`${file} ${decoded.problem.message}`)
  return decoded.text
}

describe.skipIf(!existsSync(samples))(`real definitions (skipped where there is no ${samples})`, () => {
  test.each(definitionFiles(samples))('%s validates without an error, and survives being written again', (file) => {
    const { problems, document } = validateText(read(file))
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
    if (!document) throw new Error('no document')
    for (const format of ['yaml', 'json'] as const) {
      const again = validateText(serialise(document, format)).document
      expect(again && digest(again)).toBe(digest(document))
    }
  })
})

test('every file of the starter catalog validates without a single problem', () => {
  const files = definitionFiles(catalog)
  expect(files.length).toBeGreaterThanOrEqual(200)
  const problems = files.flatMap((file) => validateText(read(file)).problems.map((problem) => ({ file, ...problem })))
  expect(problems).toEqual([])
})

test('the starter catalog validates at hundreds of files a second', () => {
  const texts = definitionFiles(catalog).map(read)
  for (const text of texts) validateText(text)
  // CPU time and the best of some rounds, because other test files run beside this one. The target is 500.
  const rounds = Array.from({ length: 6 }, () => {
    const before = process.cpuUsage()
    for (const text of texts) validateText(text)
    const { user, system } = process.cpuUsage(before)
    return (texts.length * 1_000_000) / (user + system)
  })
  const rate = Math.max(...rounds)
  console.log(`validated ${Math.round(rate)} files a second`)
  expect(rate).toBeGreaterThan(250)
})
