import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { closeLater } from '../support/database.ts'
import { type Child, startChild } from './child.ts'

/** The next line of a child that is gone; undefined when it has written no more. */
const leftLine = (child: Child) => child.line().catch(() => undefined)

test('an embedded database whose process is killed in the middle of imports holds whole batches only', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-kill-'))
  closeLater(() => rmSync(folder, { recursive: true, force: true }))
  let reported = 0
  for (let round = 0; round < 6; round++) {
    const child = startChild('import-loop.ts', [folder])
    const found = JSON.parse(await child.line())
    // Everything that was reported as written is there; the batch that was being written then may be there too.
    expect(found.revision).toBeGreaterThanOrEqual(reported)
    expect(found.revision).toBeLessThanOrEqual(reported + 1)
    const batches = found.revision
    expect(found).toEqual({
      revision: batches,
      logged: batches,
      sets: batches,
      tools: batches * 40,
      patterns: batches * 40,
      events: batches * 40,
      sizes: batches ? [40] : [],
      half: 0,
    })
    for (let batch = 0; batch <= round; batch++) reported = Number(await child.line())
    await child.kill()
    // It may have come further than the line that was waited for.
    for (let line = await leftLine(child); line !== undefined; line = await leftLine(child)) reported = Number(line)
  }
  expect(reported).toBeGreaterThanOrEqual(6)
}, 300_000)
