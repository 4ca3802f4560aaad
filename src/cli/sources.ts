import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { findDefinitionFiles } from '../catalog/definition-files.ts'
import { decodeSource } from '../definition/source.ts'
import { splitStream } from '../definition/serialise.ts'
import { type Validation, validateText } from '../definition/validate.ts'

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

/** The files behind these paths; `-` stands for standard input. */
export async function listSources(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => (path === '-' ? ['-'] : findDefinitionFiles([path]))))
  return found.flat()
}

/** Read and check one file, or each definition of a stream. */
export async function readSource(path: string, { stream }: SourceOptions): Promise<CheckedSource[]> {
  if (path === '-') return checkStream('-', await readAll(process.stdin))
  const bytes = await readFile(path)
  if (stream) return checkStream(path, bytes.toString('utf8'))
  const decoded = decodeSource(bytes)
  const validation = 'text' in decoded ? validateText(decoded.text) : { problems: [decoded.problem], document: undefined }
  return [{ label: path, validation }]
}

function checkStream(label: string, text: string): CheckedSource[] {
  const parts = splitStream(text)
  if (parts.length === 0) return [{ label, validation: validateText('') }]
  return parts.map(({ text: own, firstLine }) => ({ label, validation: validateText(own, firstLine) }))
}
