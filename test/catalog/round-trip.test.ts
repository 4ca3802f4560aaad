import { existsSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { findDefinitionFiles } from '../../src/catalog/definition-files.ts'
import type { Database } from '../../src/db/database.ts'
import { digest } from '../../src/definition/canonical.ts'
import { unwrap } from '../../src/definition/definition.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { validateText } from '../../src/definition/validate.ts'
import { openTestDatabase } from '../support/database.ts'
import { importAll } from '../support/fixtures.ts'
import { exportTexts, parsed, storedTexts } from './round-trip.ts'

const SAMPLES = '/work/shared/samples/yaml'

async function documentsUnder(folder: string): Promise<JsonObject[]> {
  const files = await findDefinitionFiles([folder])
  const documents = files.map((file) => validateText(readFileSync(file, 'utf8')).document)
  return documents.filter((document) => document !== undefined)
}

describe.each([
  ['starter files', 'catalog', 60],
  ['sample files', SAMPLES, 20],
])('%s', (_, folder, least) => {
  let first: Database
  let second: Database
  beforeAll(async () => {
    first = await openTestDatabase()
    second = await openTestDatabase()
  })

  test.skipIf(!existsSync(folder))(
    'come out of the catalog as they went in, and go into another one the same',
    async () => {
      const documents = await documentsUnder(folder)
      expect(documents.length).toBeGreaterThanOrEqual(least)
      const { results } = await importAll(first, documents, { onConflict: 'new-version' })
      expect(results.every(({ outcome }) => outcome === 'created' || outcome === 'updated')).toBe(true)

      const exported = (await exportTexts(first, 'yaml')).map(parsed)
      const wanted = documents.filter((document, index) => unwrap(document).fields.version === results[index]?.version)
      expect(exported.map(digest)).toEqual(expect.arrayContaining(wanted.map(digest)))
      expect(exported).toHaveLength(documents.length)

      await importAll(second, exported)
      expect(await storedTexts(second)).toEqual(await storedTexts(first))
      expect(await exportTexts(second, 'json')).toEqual(await exportTexts(first, 'json'))
    },
  )
})
