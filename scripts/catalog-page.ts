import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Definition, readDefinition } from '../src/definition/definition.ts'
import { validateText } from '../src/definition/validate.ts'

/** `catalog/README.md`: what is in the starter catalog, and the words that its capabilities have. */
export function catalogPage(folder: string): string {
  const tools = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => read(join(folder, file)))
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
  return `# The starter catalog

<!-- Written by \`npm run generate\`. Do not edit. -->

${tools.length} definitions of tools that operators use, one file for each, in the folder of its platform. A new server imports them unless
\`STARTER_CATALOG=false\`. Times and costs are estimates for a usual host, to be corrected by what you measure.

## Platforms

| platform | tools | |
|---|---:|---|
${rows(groups(tools, ({ platform }) => [platform]))}

## Capabilities

A capability has the same name in every tool that has it. Take one of these before you make a new one.

| capability | tools | |
|---|---:|---|
${rows(groups(tools, ({ capabilities }) => capabilities.map(({ name }) => name)))}
`
}

function read(file: string): Definition {
  const { document } = validateText(readFileSync(file, 'utf8'))
  if (!document) throw new Error(`${file} is no definition`)
  return readDefinition(document)
}

function groups(tools: readonly Definition[], wordsOf: (tool: Definition) => readonly string[]): Map<string, string[]> {
  const byWord = new Map<string, string[]>()
  for (const tool of tools)
    for (const word of new Set(wordsOf(tool))) byWord.set(word, [...(byWord.get(word) ?? []), tool.name])
  return new Map([...byWord].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function rows(groupsByWord: ReadonlyMap<string, readonly string[]>): string {
  return [...groupsByWord].map(([word, names]) => `| ${word} | ${names.length} | ${names.join(', ')} |`).join('\n')
}
