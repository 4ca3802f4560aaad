import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PEERS } from './contestants.ts'
import { createDatabase, query, runCommand, writeDefinitions } from './database.ts'
import type { Import } from './results.ts'

/**
 * Our import, from the start of the command to its end, against Prisma's createMany of the same rows: one call a table in
 * one transaction, with nothing to read, to check or to log.
 */
export async function measureImport(server: string, node: string, tools: number): Promise<Import> {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-bench-import-'))
  const drops: (() => Promise<void>)[] = []
  try {
    writeDefinitions(folder, tools)
    const theirs = await createDatabase(server, 'create_many')
    drops.push(theirs.drop)
    const ours = await createDatabase(server, 'import')
    drops.push(ours.drop)
    const started = performance.now()
    runCommand(ours.url, ['import', folder], node)
    const oursSeconds = (performance.now() - started) / 1_000
    await expectTools(ours.url, tools)
    const printed = execFileSync(node, ['prisma-import.js'], {
      cwd: PEERS,
      env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', SOURCE_URL: ours.url, DATABASE_URL: theirs.url },
      encoding: 'utf8',
    })
    await expectTools(theirs.url, tools)
    const { ms } = JSON.parse(printed) as { ms: number }
    return { tools, oursSeconds, createManySeconds: ms / 1_000 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
    for (const drop of drops) await drop()
  }
}

async function expectTools(url: string, expected: number): Promise<void> {
  const [row] = await query<{ count: number }>(
    url,
    `SELECT count(*)::int FROM tools JOIN tool_versions v ON v.id = latest_version_id
     WHERE EXISTS (SELECT FROM capabilities c JOIN patterns p ON p.capability_id = c.id WHERE c.version_id = v.id)`,
  )
  if (row?.count !== expected) throw new Error(`${row?.count} whole tools were imported, not ${expected}`)
}
