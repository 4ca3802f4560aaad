import { readFileSync } from 'node:fs'
import { artifacts } from './artifacts.ts'

// Part of `npm run check`: the committed files say what the code says.
const stale = artifacts.filter(({ file, content }) => readFileSync(file, 'utf8') !== content()).map(({ file }) => file)
if (stale.length > 0) {
  console.error(`Out of date, run npm run generate:\n${stale.map((file) => `  ${file}`).join('\n')}`)
  process.exit(1)
}
console.log('schema.graphql, definition.schema.json, the README table and docs/authoring.md are up to date')
