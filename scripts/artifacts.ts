import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { dashboardJson } from '../monitoring/grafana/dashboard.ts'
import { configMarkdown } from '../src/cli/config.ts'
import { definitionJsonSchema } from '../src/definition/json-schema.ts'
import { schema } from '../src/graphql/schema.ts'
import { catalogPage } from './catalog-page.ts'
import { formatReference } from './format-reference.ts'
import { quickReference } from './quick-reference.ts'

const README = fileURLToPath(new URL('../README.md', import.meta.url))
const CATALOG = fileURLToPath(new URL('../catalog', import.meta.url))
const AUTHORING = fileURLToPath(new URL('../docs/authoring.md', import.meta.url))

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
  { file: AUTHORING, content: authoringWithFormat },
]

function readmeWithConfigTable(): string {
  return between(README, 'config', configMarkdown())
}

function authoringWithFormat(): string {
  return between(AUTHORING, 'format', formatReference())
}

/** The text of a file with other content between its two markers of that name. */
function between(file: string, name: string, content: string): string {
  const markers = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`)
  return readFileSync(file, 'utf8').replace(markers, (_, open: string, close: string) => `${open}${content}${close}`)
}
