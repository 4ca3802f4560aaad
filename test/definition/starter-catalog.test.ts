import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Definition, readDefinition } from '../../src/definition/definition.ts'
import { validateText } from '../../src/definition/validate.ts'

/** The part of their words that two descriptions may share. */
const ALIKE = 0.7

const folder = fileURLToPath(new URL('../../catalog', import.meta.url))
const tools: readonly Definition[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => {
    const { document } = validateText(readFileSync(`${folder}/${file}`, 'utf8'))
    if (!document) throw new Error(`${file} is no definition`)
    return readDefinition(document)
  })

/** The words of a text, but for a name. */
function wordsOf(text: string, name: string): ReadonlySet<string> {
  return new Set(
    text
      .toLowerCase()
      .replaceAll(name.toLowerCase(), ' ')
      .match(/[a-z0-9]+/g) ?? [],
  )
}

/** Shared words by all words of both (Jaccard). */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((word) => b.has(word)).length
  return shared / (a.size + b.size - shared)
}

test('no two descriptions of tools differ by little more than the name', () => {
  const described = tools.map(({ name, description }) => ({ name, words: wordsOf(description, name) }))
  const alike = described.flatMap((tool, index) =>
    described.slice(index + 1).flatMap((other) => {
      const part = likeness(tool.words, other.words)
      return part > ALIKE ? [`${tool.name} and ${other.name}: ${part.toFixed(2)}`] : []
    }),
  )
  expect(alike).toEqual([])
})

test('a name is given once, whatever its case', () => {
  const names = tools.map(({ name }) => name.toLowerCase())
  expect(new Set(names).size).toBe(names.length)
})

test('most capabilities are called what other tools call theirs', () => {
  const uses = new Map<string, number>()
  for (const { capabilities } of tools) for (const { name } of capabilities) uses.set(name, (uses.get(name) ?? 0) + 1)
  const total = [...uses.values()].reduce((sum, count) => sum + count, 0)
  const shared = [...uses.values()].filter((count) => count > 1).reduce((sum, count) => sum + count, 0)
  expect(shared / total).toBeGreaterThan(0.6)
  for (const name of uses.keys()) expect(name).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/)
})
