import { readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'

const EXTENSION = /\.(?:ya?ml|json)$/i

/**
 * The definition files under these paths, sorted: files as named, folders with all that is in them. Hidden files and folders
 * are left out, and symbolic links, but for those to files of the same folder: so Kubernetes mounts a ConfigMap.
 * @throws the file system's error for a path that is not there
 */
export async function findDefinitionFiles(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => ((await stat(path)).isDirectory() ? listFolder(path, await realpath(path)) : [path])),
  )
  return found.flat()
}

/** @param root what symbolic links may not lead out of */
async function listFolder(folder: string, root: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
  const files: string[] = []
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) files.push(...(await listFolder(path, root)))
    else if (!EXTENSION.test(entry.name)) continue
    else if (entry.isFile() || (entry.isSymbolicLink() && (await leadsToFileIn(root, path)))) files.push(path)
  }
  return files
}

async function leadsToFileIn(root: string, link: string): Promise<boolean> {
  // A link that leads nowhere is none.
  const target = await realpath(link).catch(() => undefined)
  return target?.startsWith(root + sep) === true && (await stat(target)).isFile()
}
