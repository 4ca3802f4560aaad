import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { configMarkdown } from '../src/cli/config.ts'
import { definitionJsonSchema } from '../src/definition/json-schema.ts'
import { schema } from '../src/graphql/schema.ts'
import { quickReference } from './quick-reference.ts'

const README = fileURLToPath(new URL('../README.md', import.meta.url))

/** Files that are made from the code and committed, each with the content it should have. */
export const artifacts: readonly { readonly file: string; readonly content: () => string }[] = [
  {
    file: fileURLToPath(new URL('../schema.graphql', import.meta.url)),
    content: () => `${printSchema(lexicographicSortSchema(schema))}\n`,
  },
  {
    file: fileURLToPath(new URL('../definition.schema.json', import.meta.url)),
    content: () => `${JSON.stringify(definitionJsonSchema(), null, 2)}\n`,
  },
  { file: fileURLToPath(new URL('../docs/quick-reference.md', import.meta.url)), content: quickReference },
  { file: README, content: readmeWithConfigTable },
]

function readmeWithConfigTable(): string {
  const markers = /(<!-- config -->\n)[\s\S]*?(<!-- \/config -->)/
  return readFileSync(README, 'utf8').replace(
    markers,
    (_, open: string, close: string) => `${open}${configMarkdown()}${close}`,
  )
}
