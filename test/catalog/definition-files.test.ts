import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findDefinitionFiles } from '../../src/catalog/definition-files.ts'
import { closeLater } from '../support/database.ts'

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-files-'))
  closeLater(() => rmSync(folder, { recursive: true }))
  return folder
}

async function found(folder: string): Promise<string[]> {
  return (await findDefinitionFiles([folder])).map((path) => path.slice(folder.length + 1))
}

test('the files of a folder are found in order, hidden ones and those of other kinds are not', async () => {
  const folder = aFolder()
  mkdirSync(join(folder, 'linux'))
  mkdirSync(join(folder, '.git'))
  for (const name of ['b.yaml', 'a.yml', 'linux/c.json', '.hidden.yaml', '.git/d.yaml', 'a.yml~', 'notes.txt'])
    writeFileSync(join(folder, name), '')
  expect(await found(folder)).toEqual(['a.yml', 'b.yaml', 'linux/c.json'])
})

test('a ConfigMap is read as Kubernetes mounts it: links to files behind a hidden folder that is itself a link', async () => {
  const folder = aFolder()
  for (const version of ['..1', '..2']) {
    mkdirSync(join(folder, version))
    writeFileSync(join(folder, version, 'grep.yaml'), version)
  }
  symlinkSync('..1', join(folder, '..data'))
  symlinkSync('..data/grep.yaml', join(folder, 'grep.yaml'))
  expect(await found(folder)).toEqual(['grep.yaml'])
  symlinkSync('..2', join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  expect(await found(folder)).toEqual(['grep.yaml'])
})

test('a link that leads out of the folder, to a folder, or nowhere is left out', async () => {
  const [folder, outside] = [aFolder(), aFolder()]
  writeFileSync(join(outside, 'secret.yaml'), '')
  symlinkSync(join(outside, 'secret.yaml'), join(folder, 'out.yaml'))
  symlinkSync(outside, join(folder, 'folder.yaml'))
  symlinkSync('nowhere', join(folder, 'gone.yaml'))
  expect(await found(folder)).toEqual([])
})
