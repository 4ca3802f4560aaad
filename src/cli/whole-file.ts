import { createReadStream, createWriteStream, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { interruptible } from './interruptible.ts'

/** Only the user may read it. */
const OWNER_ONLY = 0o600

/**
 * Write a file that appears under its name only when it is whole, and durable. A process that is killed leaves at most
 * `FILE.<pid>.tmp`.
 */
export async function writeWholeFile<T>(path: string, write: (output: Writable) => Promise<T>): Promise<T> {
  const draft = `${path}.${process.pid}.tmp`
  const remove = () => rmSync(draft, { force: true })
  return cleaningUp(remove, async (stopped) => {
    const opened = await open(draft, 'wx', OWNER_ONLY).catch(about(path))
    const output = opened.createWriteStream()
    const result = await write(output).finally(() => output.destroy())
    const file = await open(draft, 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    // At once: whoever hears that it was stopped finds no file, and whoever finds the file hears that it is whole.
    if (!stopped.aborted) await (async () => renameSync(draft, path))().catch(about(path))
    return result
  })
}

/** Nobody has asked for the draft: an error names the file, or the folder that is missing. */
function about(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw Object.assign(error, { path: error.code === 'ENOENT' ? dirname(path) : path })
  }
}

/** A private file that is there for as long as the work takes. */
export async function withTemporaryFile<T>(work: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tool-catalog-'))
  return cleaningUp(
    () => rmSync(folder, { recursive: true, force: true }),
    () => work(join(folder, 'file')),
  )
}

export async function copyToStandardOutput(path: string): Promise<void> {
  const output = new Writable({
    write: (chunk, _, done) => void process.stdout.write(chunk as Buffer, (error) => done(error)),
  })
  await pipeline(createReadStream(path), output)
}

export async function copyFromStandardInput(path: string): Promise<void> {
  await pipeline(process.stdin, createWriteStream(path, { flags: 'wx', mode: OWNER_ONLY }))
}

/** Clean up at the end of the work, also where Ctrl-C is its end. */
function cleaningUp<T>(clean: () => void, work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController()
  return interruptible(
    () => work(stopping.signal),
    () => stopping.abort(),
  ).finally(clean)
}
