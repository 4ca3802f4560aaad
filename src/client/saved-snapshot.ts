import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { objectOf, parseObject, textOf } from './answer.ts'
import type { Origin } from './catalog-queries.ts'
import { ProfileError } from './client-error.ts'
import { readProfile, type ToolProfile } from './tool-profile.ts'

/** What is written to the cache file, and read again when the server is away. */
export interface SavedSnapshot extends Origin {
  readonly profiles: readonly ToolProfile[]
}

/** Most bytes of a cache file: 10,000 tools of 5 KB are 50 MB. */
const FILE_BYTES = 512 * 1024 * 1024
const FORMAT = 'tool-catalog-profiles/1'

/**
 * Write it whole or not at all: to a file beside it, which then takes its place. Others of this machine do not read it: it
 * says as much as the credential lets see.
 */
export async function saveSnapshot(path: string, url: string, snapshot: SavedSnapshot): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, linesOf(url, snapshot), { mode: 0o600, flush: true })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** One line that says what it is, then one line for each tool. */
function* linesOf(url: string, { epoch, revision, profiles }: SavedSnapshot): Generator<string> {
  yield `${JSON.stringify({ format: FORMAT, url, epoch, revision, tools: profiles.length })}\n`
  for (const { document } of profiles) yield `${JSON.stringify(document)}\n`
}

/**
 * Read what was saved of this server.
 * @returns undefined when nothing was
 * @throws ProfileError for a file that is something else; the system's error for one that cannot be read
 */
export async function readSavedSnapshot(path: string, url: string): Promise<SavedSnapshot | undefined> {
  const size = await stat(path).then(
    (found) => found.size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    },
  )
  if (size === undefined) return undefined
  if (size > FILE_BYTES) throw unreadable(`has more than ${FILE_BYTES} bytes`)
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })
  let head: ReturnType<typeof parseObject> | undefined
  const profiles: ToolProfile[] = []
  for await (const line of lines) {
    if (head) profiles.push(readProfile(parseObject(line, 'tool')))
    else head = parseObject(line, 'head')
  }
  const { format, url: savedUrl, epoch, revision, tools } = objectOf(head, 'head')
  if (format !== FORMAT) throw unreadable('has another format')
  if (savedUrl !== url) throw unreadable(`is of another server, ${textOf(savedUrl, 'url')}`)
  if (tools !== profiles.length) throw unreadable('is not whole')
  return { epoch: textOf(epoch, 'epoch'), revision: textOf(revision, 'revision'), profiles }
}

function unreadable(what: string): ProfileError {
  return new ProfileError('BAD_ANSWER', `The cache file ${what}`)
}
