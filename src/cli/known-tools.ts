import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { findDefinitionFiles } from '../catalog/definition-files.ts'
import { readDefinition } from '../definition/definition.ts'
import { validateText } from '../definition/validate.ts'
import { askServer } from './ask-server.ts'
import type { ServerAddress } from './server-address.ts'
import { ServerError } from './server-error.ts'

/** What suggestions are made of. */
export interface KnownTool {
  readonly name: string
  readonly description: string
  readonly platform: string
  readonly category: string
  readonly capabilities: readonly { readonly name: string; readonly description: string }[]
}

export interface KnownTools {
  /** Where they come from, for a person. */
  readonly origin: string
  readonly tools: readonly KnownTool[]
  /** The whole definition of one, as text; undefined when there is no such tool. */
  readonly definitionText: (name: string) => Promise<string | undefined>
}

/** `catalog/` of the package, from `src/cli` and from `dist/cli` alike. */
const STARTER_DIR = fileURLToPath(new URL('../../catalog', import.meta.url))
/** Suggestions must not keep anybody waiting, in milliseconds. */
const SUGGESTION_TIMEOUT_MS = 3_000
/** Pages of 100 tools. Suggestions from a thousand tools are enough. */
const MOST_PAGES = 10

const TOOLS = `query KnownTools($after: String) { tools(first: 100, after: $after) {
  nodes { name description platform category capabilities { name description } }
  pageInfo { hasNextPage endCursor }
} }`
const TEXT = 'query DefinitionText($name: String!) { tool(name: $name) { version { definitionText } } }'

interface ToolsPage {
  readonly tools: {
    readonly nodes: readonly KnownTool[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
}

/** The tools of the server, or of the catalog that ships with the package when the server cannot be asked. */
export async function knownTools(server: ServerAddress): Promise<KnownTools> {
  try {
    const tools = await serverTools(server)
    return { origin: server.url, tools, definitionText: (name) => serverText(server, name) }
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    const starter = await starterTools()
    const tools = starter.map(({ tool }) => tool)
    const definitionText = async (name: string) =>
      starter.find(({ tool }) => tool.name.toLowerCase() === name.toLowerCase())?.text
    return { origin: `the starter catalog (${error.message})`, tools, definitionText }
  }
}

async function serverTools(server: ServerAddress): Promise<KnownTool[]> {
  const tools: KnownTool[] = []
  let after: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer: ToolsPage = await askServer<ToolsPage>(server, TOOLS, { after }, SUGGESTION_TIMEOUT_MS)
    tools.push(...answer.tools.nodes)
    after = answer.tools.pageInfo.endCursor
    if (!answer.tools.pageInfo.hasNextPage) break
  }
  return tools
}

async function serverText(server: ServerAddress, name: string): Promise<string | undefined> {
  const { tool } = await askServer<{ tool: { version: { definitionText: string } | null } | null }>(server, TEXT, {
    name,
  })
  return tool?.version?.definitionText
}

async function starterTools(): Promise<{ tool: KnownTool; text: string }[]> {
  const files = await findDefinitionFiles([STARTER_DIR])
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return texts.flatMap((text) => {
    const { document } = validateText(text)
    return document ? [{ tool: readDefinition(document), text }] : []
  })
}
