import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { closeLater } from '../support/database.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A package of somebody else's, which has ours among its own. */
function outside(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-outside-'))
  closeLater(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules/tool-catalog'))
  symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const USE = `import { loadProfiles } from 'tool-catalog/client'
const profiles = await loadProfiles({ url: 'http://127.0.0.1:9/graphql', fallback: '${ROOT}catalog', timeoutMs: 1000 })
console.log(profiles.source, profiles.get('grep')?.name, profiles.byCapability('no such').length)
await profiles.close()
`

test('another package imports tool-catalog/client, and its process ends when the profiles are closed', () => {
  const cwd = outside({ 'use.mjs': USE })
  expect(execFileSync(process.execPath, ['use.mjs'], { cwd, encoding: 'utf8', timeout: 20_000 })).toBe('files grep 0\n')
})

test('its types are found, and are those of what is there', () => {
  const wrong = `// @ts-expect-error: there is no such event
profiles.on('tea', () => {})
// @ts-expect-error: nothing of it can be written
profiles.all().push(profiles.get('grep'))
// @ts-expect-error: another version has to be waited for
profiles.get('grep', '1.0.0')?.name
`
  const cwd = outside({ 'package.json': '{"type":"module"}', 'use.mts': USE + wrong })
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', 'use.mts']
  expect(execFileSync(join(ROOT, 'node_modules/.bin/tsc'), flags, { cwd, encoding: 'utf8' })).toBe('')
})

test('nothing else of the package can be imported', () => {
  const cwd = outside({ 'use.mjs': `await import('tool-catalog/dist/app.js')` })
  const run = () => execFileSync(process.execPath, ['use.mjs'], { cwd, stdio: 'pipe' })
  expect(run).toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED')
})
