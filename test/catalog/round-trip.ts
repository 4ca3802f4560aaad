import { exportDefinitions } from '../../src/catalog/export.ts'
import type { Database } from '../../src/db/database.ts'
import { withSnapshot } from '../../src/db/snapshot.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { type Format, serialise } from '../../src/definition/serialise.ts'
import { validateText } from '../../src/definition/validate.ts'

/** Every definition of a catalog as the text that an export writes. */
export function exportTexts(database: Database, format: Format): Promise<string[]> {
  return withSnapshot(database, async (reader) => {
    const texts: string[] = []
    for await (const { definition } of exportDefinitions(reader, { versions: 'all' }))
      texts.push(serialise(definition, format))
    return texts
  })
}

/** A text's document; a text that is not valid is an error of the test. */
export function parsed(text: string): JsonObject {
  const { document, problems } = validateText(text)
  if (!document) throw new Error(`${JSON.stringify(problems)}\n${text}`)
  return document
}

/** Digest and document of every version, the document as the very text that is stored. */
export async function storedTexts({ pool }: Database): Promise<{ digest: string; text: string }[]> {
  const { rows } = await pool.query(
    'SELECT digest, definition::text AS text FROM tool_versions v JOIN tools t ON t.id = v.tool_id ORDER BY t.name_key, v.sort_key, v.version',
  )
  return rows
}
