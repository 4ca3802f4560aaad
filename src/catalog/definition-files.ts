import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

const EXTENSION = /\.(?:ya?ml|json)$/i

/**
 * The definition files under these paths, sorted: files as named, folders with all that is in them. Hidden files and
 * folders, and symbolic links, are left out.
 * @throws the file system's error for a path that is not there
 */
export async function findDefinitionFiles(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => ((await stat(path)).isDirectory() ? listFolder(path) : [path])),
  )
  return found.flat()
}

async function listFolder(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
  const files: string[] = []
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) files.push(...(await listFolder(path)))
    else if (entry.isFile() && EXTENSION.test(entry.name)) files.push(path)
  }
  return files
}
