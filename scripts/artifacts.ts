import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { dashboardJson } from '../monitoring/grafana/dashboard.ts'
import { configMarkdown } from '../src/cli/config.ts'
import { definitionJsonSchema } from '../src/definition/json-schema.ts'
import { schema } from '../src/graphql/schema.ts'
import { catalogPage } from './catalog-page.ts'
import { quickReference } from './quick-reference.ts'

const README = fileURLToPath(new URL('../README.md', import.meta.url))
const CATALOG = fileURLToPath(new URL('../catalog', import.meta.url))

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
  {
    file: fileURLToPath(new URL('../monitoring/grafana/dashboards/tool-catalog.json', import.meta.url)),
    content: dashboardJson,
  },
  { file: fileURLToPath(new URL('../docs/quick-reference.md', import.meta.url)), content: quickReference },
  { file: README, content: readmeWithConfigTable },
  { file: `${CATALOG}/README.md`, content: () => catalogPage(CATALOG) },
]

function readmeWithConfigTable(): string {
  const markers = /(<!-- config -->\n)[\s\S]*?(<!-- \/config -->)/
  return readFileSync(README, 'utf8').replace(
    markers,
    (_, open: string, close: string) => `${open}${configMarkdown()}${close}`,
  )
}
