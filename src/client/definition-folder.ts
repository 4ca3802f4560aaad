import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { formatProblem, hasErrors } from '../definition/problem.ts'
import { decodeSource, SOURCE_LIMITS } from '../definition/source.ts'
import { validateText } from '../definition/validate.ts'
import { compareVersions } from '../definition/version-order.ts'
import { nameKey, readProfile, type ToolProfile } from './tool-profile.ts'

export interface FolderContents {
  /** The latest version of each tool that a file defines. */
  readonly profiles: readonly ToolProfile[]
  /** What is wrong with the others: `file:line:column severity code: message`. */
  readonly problems: readonly string[]
}

const EXTENSION = /\.(?:ya?ml|json)$/i

/**
 * Read the definitions of a folder and of the folders in it. What is not a good definition is a problem and is left out;
 * hidden files and symbolic links are left out without a word.
 * @param maxTools files that are read at most
 * @throws the system's error for a folder that cannot be read
 */
export async function readFolder(folder: string, maxTools: number): Promise<FolderContents> {
  const latest = new Map<string, ToolProfile>()
  const problems: string[] = []
  let files = 0
  for await (const path of definitionFiles(folder)) {
    if (++files > maxTools) {
      problems.push(`${folder}: more than ${maxTools} files; the rest was not read`)
      break
    }
    const { profile, problem } = await readFile(path)
    if (problem) problems.push(problem)
    if (profile && isLater(profile, latest.get(nameKey(profile.name)))) latest.set(nameKey(profile.name), profile)
  }
  return { profiles: [...latest.values()], problems }
}

async function* definitionFiles(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* definitionFiles(path)
    else if (entry.isFile() && EXTENSION.test(entry.name)) yield path
  }
}

interface ReadFile {
  readonly profile?: ToolProfile
  readonly problem?: string
}

async function readFile(path: string): Promise<ReadFile> {
  try {
    const decoded = decodeSource(await readStart(path))
    const { problems, document } =
      'problem' in decoded ? { problems: [decoded.problem], document: undefined } : validateText(decoded.text)
    const [first] = problems.filter((problem) => hasErrors([problem]))
    if (!document) return { problem: first ? formatProblem(path, first) : `${path}: not a definition` }
    return { profile: readProfile(document) }
  } catch (error) {
    return { problem: `${path}: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** The file, or enough of it to see that it is too large. */
async function readStart(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(SOURCE_LIMITS.bytes + 1)
    let size = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, size, buffer.length - size)
      size += bytesRead
      if (bytesRead === 0 || size === buffer.length) return buffer.subarray(0, size)
    }
  } finally {
    await file.close()
  }
}

/** As in the catalog: neither drafts nor disabled versions are served, and of the others the highest is. */
function isLater({ version, status }: ToolProfile, known: ToolProfile | undefined): boolean {
  if (status === 'draft' || status === 'disabled') return false
  return !known || compareVersions(version, known.version) > 0
}
