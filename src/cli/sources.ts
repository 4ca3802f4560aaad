import { createReadStream } from 'node:fs'
import { findDefinitionFiles } from '../catalog/definition-files.ts'
import { splitStream } from '../definition/serialise.ts'
import { decodeSource, SOURCE_LIMITS } from '../definition/source.ts'
import { type Validation, validateText } from '../definition/validate.ts'
import { plural } from './plural.ts'
import { msSince, type Printer } from './printer.ts'

/** One definition that was read and checked, or what kept it from being one. */
export interface CheckedSource {
  /** What to call it: its file, or `-`. */
  readonly label: string
  readonly validation: Validation
}

export interface SourceOptions {
  /** Each path holds any number of definitions. Standard input always may. */
  readonly stream: boolean
}

/** Every definition behind these paths, in their order, as it is read and checked. */
export async function* readSources(
  { progress, detail }: Pick<Printer, 'progress' | 'detail'>,
  paths: readonly string[],
  options: SourceOptions,
): AsyncGenerator<CheckedSource> {
  const sources = await listSources(paths)
  const checking = progress('Checking')
  try {
    for (const [index, path] of sources.entries()) {
      const started = performance.now()
      const checked = await readSource(path, options)
      detail(`${path}: ${plural(checked.length, 'definition')} read and checked after ${msSince(started)}`)
      checking.update(index + 1, sources.length)
      yield* checked
    }
  } finally {
    checking.end()
  }
}

/** The files behind these paths; `-` stands for standard input. */
async function listSources(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(async (path) => (path === '-' ? ['-'] : findDefinitionFiles([path]))))
  return found.flat()
}

/** Most bytes of a stream of definitions: what fits into one JavaScript string with room to spare. */
const STREAM_BYTES = 256 * 1024 * 1024

/** Read and check one file, or each definition of a stream. */
export async function readSource(path: string, { stream }: SourceOptions): Promise<CheckedSource[]> {
  const isStream = stream || path === '-'
  const most = isStream ? STREAM_BYTES : SOURCE_LIMITS.bytes
  const decoded = decodeSource(await readBytes(path, most), most)
  if ('problem' in decoded) return [{ label: path, validation: { problems: [decoded.problem], document: undefined } }]
  return isStream ? checkStream(path, decoded.text) : [{ label: path, validation: validateText(decoded.text) }]
}

/** The file, or enough of it to see that it is too large. */
async function readBytes(path: string, most: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) {
    chunks.push(chunk as Buffer)
    size += chunks.at(-1)?.length ?? 0
    if (size > most) break
  }
  return Buffer.concat(chunks)
}

function checkStream(label: string, text: string): CheckedSource[] {
  const parts = splitStream(text)
  if (parts.length === 0) return [{ label, validation: validateText('') }]
  return parts.map(({ text: own, firstLine }) => ({ label, validation: validateText(own, firstLine) }))
}
