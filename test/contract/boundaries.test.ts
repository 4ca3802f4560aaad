import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'generated') return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? sources(path) : [path]
  })
}

const files = sources(SRC).map((path) => ({ path: relative(SRC, path), text: readFileSync(path, 'utf8') }))

test('database rows are written in catalog/, the log of changes, auth/api-keys and by a restore alone', () => {
  const writes =
    /\b(?:INSERT INTO|UPDATE [a-z_]+ SET|DELETE FROM|TRUNCATE|REFRESH MATERIALIZED VIEW)\b|\$executeRaw|\b(?:tx|prisma)\.\w+\.(?:create|update|upsert|delete)\w*\(/
  const writers = files.filter(({ text }) => writes.test(text)).map(({ path }) => path)
  const others = ['changes/log.ts', 'changes/compact.ts', 'changes/epoch.ts', 'auth/api-keys.ts', 'backup/restore.ts']
  expect(writers.filter((path) => !path.startsWith('catalog/') && !others.includes(path))).toEqual([])
  expect(writers).toContain('changes/log.ts')
})

test('the revision counter is moved in one place', () => {
  const movers = files.filter(({ text }) => /UPDATE catalog_state SET revision/.test(text)).map(({ path }) => path)
  expect(movers).toEqual(['changes/log.ts'])
})

test('the environment is read in config.ts alone', () => {
  expect(files.filter(({ text }) => text.includes('process.env')).map(({ path }) => path)).toEqual(['config.ts'])
})

test('no file has a name that says nothing', () => {
  const vague = /(?:^|\/)(?:index|utils|helpers|types|constants)\.ts$|-service\.ts$|-manager\.ts$/
  expect(files.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([])
})
