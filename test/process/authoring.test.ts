import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { TEMPLATE_NAMES, TEMPLATES } from '../../src/authoring/template-list.ts'
import { createKey } from '../support/keys.ts'
import { startTestCatalog } from '../support/test-catalog.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE = readFileSync(join(ROOT, 'docs/authoring.md'), 'utf8')

/** Each command of the page's console blocks, with what the page says it prints. */
function commandsOf(page: string): { command: string; printed: string }[] {
  const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...lines] = part.split('\n')
        return { command, printed: lines.join('\n') }
      }),
  )
}

test('every command of docs/authoring.md prints what the page says', async () => {
  const catalog = await startTestCatalog()
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-authoring-'))
  const bin = mkdtempSync(join(tmpdir(), 'tool-catalog-bin-'))
  writeFileSync(join(bin, 'tool-catalog'), `#!/bin/sh\nexec '${process.execPath}' '${ROOT}bin/tool-catalog.js' "$@"\n`)
  chmodSync(join(bin, 'tool-catalog'), 0o755)
  const { DATABASE_URL, DATA_DIR } = catalog.config
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: folder,
    TOOL_CATALOG_URL: catalog.url,
    TOOL_CATALOG_KEY: await createKey(catalog.config, 'editor', 'author'),
    ...(DATABASE_URL === undefined ? { DATA_DIR } : { DATABASE_URL }),
  }
  const commands = commandsOf(PAGE)
  expect(commands.length).toBeGreaterThan(8)
  for (const { command, printed } of commands) {
    const run = promisify(execFile)('sh', ['-c', `${command} 2>&1`], { cwd: folder, env })
    // Some of them fail, and are meant to.
    const { stdout } = await run.catch((error: Error & { stdout: string }) => error)
    expect({ command, printed: stdout }).toEqual({ command, printed })
  }
})

test('docs/authoring.md names every template with what it is for', () => {
  for (const name of TEMPLATE_NAMES)
    expect(PAGE.toLowerCase()).toContain(`| \`${name}\` | ${TEMPLATES[name].summary.toLowerCase()} |`)
})
