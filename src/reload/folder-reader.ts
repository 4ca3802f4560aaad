import { createHash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import { findDefinitionFiles } from '../catalog/definition-files.ts'
import { prepareItem } from '../catalog/import.ts'
import { nameKey } from '../catalog/import-plan.ts'
import type { Folder, FolderFile } from '../catalog/reload-files.ts'
import type { ReloadProblem } from '../catalog/reload-log.ts'
import { hasErrors, type Problem } from '../definition/problem.ts'
import { decodeSource, SOURCE_LIMITS } from '../definition/source.ts'
import { type Validation, validateText } from '../definition/validate.ts'

/**
 * How long a file must have been left alone before it is taken, in milliseconds. Nobody tells when a writer is done, and
 * the first half of a YAML file is a YAML file: what looks unfinished gets longer.
 */
const QUIET_MS = {
  finished: 120,
  /** Text that breaks off in a line, as it does in the middle of a write. */
  withoutLastNewline: 320,
  /** Empty, or not a definition: an editor that empties a file before it writes it. */
  broken: 1_000,
} as const

/** More than a file system's clock takes to move on. */
const CLOCK_TICK_MS = 50

/** Most definition files of a folder. */
const MOST_FILES = 20_000
const READ_AT_ONCE = 8

/** The folder is not there, or cannot be listed. */
export class FolderUnreadableError extends Error {
  override readonly name = 'FolderUnreadableError'
}

/** Somebody is writing one of the files, as far as one can tell: read again after so many milliseconds. */
export class FolderUnsettledError extends Error {
  override readonly name = 'FolderUnsettledError'
  constructor(readonly waitMs: number) {
    super('A file of the folder is being written')
  }
}

export interface FolderContents extends Folder {
  /** What is wrong, and warnings about what is new. Paths are those in the folder. */
  readonly problems: readonly ReloadProblem[]
}

export interface ReadOptions {
  /** Digests of what the catalog has taken over, by path: such a file need not be imported. */
  readonly taken: ReadonlyMap<string, string>
  /** Only the files of this tool; and them whether they have changed or not. */
  readonly tool?: string | undefined
  /** Take files as they are, even if they were written just now. */
  readonly isLast: boolean
}

/** A file as it was when it was read, so that it need not be read again. */
interface Seen {
  readonly signature: string
  readonly file: Omit<FolderFile, 'item'>
}

interface ReadFile {
  readonly path: string
  readonly file: FolderFile | undefined
  readonly problems: readonly Problem[]
}

/** Reads the definition files of a folder; those that have not changed since it read them last, only by their state. */
export class FolderReader {
  readonly #folder: string
  #seen = new Map<string, Seen>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @throws FolderUnreadableError, FolderUnsettledError */
  async read(options: ReadOptions): Promise<FolderContents> {
    const places = await this.#list()
    const read: ReadFile[] = []
    for (let at = 0; at < places.length; at += READ_AT_ONCE)
      read.push(
        ...(await Promise.all(places.slice(at, at + READ_AT_ONCE).map((place) => this.#readFile(place, options)))),
      )
    const paths = new Set(read.map(({ path }) => path))
    for (const path of this.#seen.keys()) if (!paths.has(path)) this.#seen.delete(path)
    const wanted = filesOf(options.tool, read)
    const files = wanted.flatMap(({ file }) => file ?? [])
    const problems = wanted.flatMap(({ path, problems: own }) => own.map((problem) => ({ ...problem, file: path })))
    return { files, paths, problems: [...problems, ...repeated(files)] }
  }

  async #list(): Promise<string[]> {
    try {
      if (!(await stat(this.#folder)).isDirectory()) throw new FolderUnreadableError('WATCH_DIR is not a folder')
      const places = await findDefinitionFiles([this.#folder])
      if (places.length > MOST_FILES)
        throw new FolderUnreadableError(`WATCH_DIR has more than ${MOST_FILES} definitions`)
      return places
    } catch (error) {
      if (error instanceof FolderUnreadableError) throw error
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
      throw new FolderUnreadableError(`WATCH_DIR cannot be read (${code}). Is it mounted? Nothing was changed.`)
    }
  }

  async #readFile(place: string, { taken, tool, isLast }: ReadOptions): Promise<ReadFile> {
    const path = relative(this.#folder, place).split(sep).join('/')
    const handle = await open(place).catch((error: NodeJS.ErrnoException) => error)
    if (handle instanceof Error) return unreadable(path, handle, isLast)
    try {
      const before = await stateOf(handle)
      const seen = this.#seen.get(path)
      if (seen?.signature === before.signature && taken.get(path) === seen.file.digest && !isNamed(seen.file, tool))
        return { path, file: { ...seen.file, item: undefined }, problems: [] }
      this.#seen.delete(path)
      const bytes = await readStart(handle)
      const after = await stateOf(handle)
      if (after.signature !== before.signature) {
        if (!isLast) throw new FolderUnsettledError(QUIET_MS.finished)
        return { path, file: undefined, problems: [problem('file.changing', 'is being written all the time')] }
      }
      const checked = check(bytes)
      const waitMs = checked.quietMs - after.ageMs
      if (waitMs > 0 && !isLast && taken.get(path) !== checked.digest) throw new FolderUnsettledError(waitMs)
      return this.#remember(path, after, checked, taken.get(path))
    } finally {
      await handle.close()
    }
  }

  #remember(path: string, state: State, { validation, digest }: Checked, taken: string | undefined): ReadFile {
    const { document, problems } = validation
    if (!document) return { path, file: undefined, problems }
    const item = prepareItem(path, document)
    const file = { path, digest, name: item.name, version: item.version }
    // A second write within one tick of the file system's clock would leave the state as it is.
    if (state.ageMs > CLOCK_TICK_MS) this.#seen.set(path, { signature: state.signature, file })
    // Of what the catalog has already, the author was told when it came.
    return { path, file: { ...file, item }, problems: taken === digest ? [] : problems }
  }
}

interface Checked {
  readonly digest: string
  readonly validation: Validation
  /** How long it must have been left alone. */
  readonly quietMs: number
}

function check(bytes: Uint8Array): Checked {
  const digest = createHash('sha256').update(bytes).digest('hex')
  const decoded = decodeSource(bytes)
  const validation =
    'problem' in decoded ? { problems: [decoded.problem], document: undefined } : validateText(decoded.text)
  return { digest, validation, quietMs: quietFor(bytes, validation) }
}

function quietFor(bytes: Uint8Array, { document }: Validation): number {
  if (!document) return QUIET_MS.broken
  const last = String.fromCharCode(bytes.at(-1) ?? 0)
  // A JSON text that ends before its last brace is none.
  return last === '\n' || last === '}' ? QUIET_MS.finished : QUIET_MS.withoutLastNewline
}

interface State {
  readonly signature: string
  readonly ageMs: number
}

async function stateOf(handle: FileHandle): Promise<State> {
  const { mtimeMs, ctimeMs, size, ino } = await handle.stat()
  // Whoever copies a file may give it any time of modification; the time of change is the system's own.
  return { signature: `${mtimeMs} ${ctimeMs} ${size} ${ino}`, ageMs: Date.now() - ctimeMs }
}

/** The file, or enough of it to see that it is too large. */
async function readStart(handle: FileHandle): Promise<Uint8Array> {
  const { size } = await handle.stat()
  const buffer = Buffer.alloc(Math.min(size, SOURCE_LIMITS.bytes) + 1)
  let length = 0
  for (let read = -1; read !== 0 && length < buffer.length; length += read)
    read = (await handle.read(buffer, length, buffer.length - length, null)).bytesRead
  return buffer.subarray(0, length)
}

/** A file that has gone since the folder was listed, or that this process may not read. */
function unreadable(path: string, { code }: NodeJS.ErrnoException, isLast: boolean): ReadFile {
  if (!isLast && code === 'ENOENT') throw new FolderUnsettledError(QUIET_MS.finished)
  return {
    path,
    file: undefined,
    problems: [problem('file.unreadable', `cannot be read (${code ?? 'unknown error'})`)],
  }
}

function problem(code: string, message: string): Problem {
  return { severity: 'error', code, message, path: '', line: 1, column: 1 }
}

function isNamed(file: { readonly name: string }, tool: string | undefined): boolean {
  return tool !== undefined && nameKey(file) === tool.toLowerCase()
}

/** The files of one tool. When none is, it may be in one that is broken: which tool that holds, nobody can say. */
function filesOf(tool: string | undefined, read: readonly ReadFile[]): readonly ReadFile[] {
  if (tool === undefined) return read
  const named = read.filter(({ file }) => file && isNamed(file, tool))
  return named.length > 0 ? named : read.filter(({ problems }) => hasErrors(problems))
}

/** The same version of a tool in two files: which of them it is, would change with every save. */
function repeated(files: readonly FolderFile[]): ReloadProblem[] {
  const first = new Map<string, FolderFile>()
  return files.flatMap((file) => {
    const place = `${nameKey(file)}@${file.version}`
    const earlier = first.get(place)
    if (!earlier) first.set(place, file)
    return earlier
      ? [{ ...problem('file.repeated', `${file.name} ${file.version} is also in ${earlier.path}`), file: file.path }]
      : []
  })
}
