import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readFolder } from '../../src/cli/folder-files.ts'
import { createPrinter } from '../../src/cli/printer.ts'
import { serialise } from '../../src/definition/serialise.ts'
import { aDefinition } from '../support/fixtures.ts'
import { temporaryFolder } from './cli-catalog.ts'

test('reading a folder for plan and apply tells of every file that it has checked', async () => {
  const folder = temporaryFolder()
  for (const name of ['a', 'b', 'c'])
    writeFileSync(join(folder, `${name}.yaml`), serialise(aDefinition({ tool_name: name }), 'yaml'))
  const told: string[] = []
  const progress = (title: string) => ({
    update: (done: number, total: number) => void told.push(`${title} ${done}/${total}`),
    end: () => void told.push('end'),
  })
  const files = await readFolder({ ...createPrinter({}), progress }, folder)
  expect(files.map(({ path }) => path)).toEqual(['a.yaml', 'b.yaml', 'c.yaml'])
  expect(told).toEqual(['Checking 1/3', 'Checking 2/3', 'Checking 3/3', 'end'])
})
