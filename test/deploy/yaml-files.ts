import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import { ROOT } from '../faults/replica.ts'

/** The text of a file of this repository. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

// Tests look into documents of any shape, and say what they expect there.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Document = any

export function yamlOf(path: string): Document {
  return load(textOf(path))
}

export interface Manifest {
  readonly file: string
  readonly document: Document
}

/** Every object of deploy/kubernetes. */
export function manifests(): Manifest[] {
  const files = readdirSync(join(ROOT, 'deploy/kubernetes')).filter((file) => file.endsWith('.yaml'))
  return files.flatMap((file) =>
    (loadAll(textOf(`deploy/kubernetes/${file}`)) as Document[]).map((document) => ({ file, document })),
  )
}

/** The only object of this kind. */
export function manifest(kind: string, name = 'tool-catalog'): Document {
  const found = manifests().find(({ document }) => document.kind === kind && document.metadata.name === name)
  if (!found) throw new Error(`no ${kind} ${name}`)
  return found.document
}
