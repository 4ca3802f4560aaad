import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Database } from '../db/database.ts'
import { decodeSource } from '../definition/source.ts'
import { validateText } from '../definition/validate.ts'
import { findDefinitionFiles } from './definition-files.ts'
import { type ImportItem, importDefinitions, prepareItem } from './import.ts'

/** `catalog/` of the package, from `src/catalog` and from `dist/catalog` alike. */
const STARTER_DIR = fileURLToPath(new URL('../../catalog', import.meta.url))

/** Progress of a fill: definitions read or written so far, of all. */
export type Progress = (done: number, total: number) => void

/**
 * Fill a catalog that never had a change with the starter definitions.
 * @returns how many came in; 0 when the catalog was not empty
 */
export async function fillEmptyCatalog(database: Database, onProgress: Progress): Promise<number> {
  const { rows } = await database.pool.query<{ revision: string }>('SELECT revision FROM catalog_state')
  if (rows[0]?.revision !== '0') return 0
  const files = await findDefinitionFiles([STARTER_DIR])
  const items: ImportItem[] = []
  for (const file of files) {
    items.push(prepareItem(file, await readStarter(file)))
    onProgress(items.length, files.length * 2)
  }
  const origin = { actor: 'system', source: 'startup', message: 'Starter catalog' } as const
  const { results } = await importDefinitions(database, origin, items, {
    onConflict: 'skip',
    onProgress: (done) => onProgress(files.length + done, files.length * 2),
  })
  return results.filter(({ outcome }) => outcome === 'created').length
}

async function readStarter(file: string) {
  const decoded = decodeSource(await readFile(file))
  const document = 'text' in decoded ? validateText(decoded.text).document : undefined
  if (!document) throw new Error(`${file} is not a valid definition; run: tool-catalog validate ${file}`)
  return document
}
