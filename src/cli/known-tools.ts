import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { findDefinitionFiles } from '../catalog/definition-files.ts'
import { readDefinition } from '../definition/definition.ts'
import { validateText } from '../definition/validate.ts'
import { firstTools } from './first-tools.ts'
import { ServerError } from './server-error.ts'
import type { Session } from './session.ts'

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

const TOOLS = `query KnownTools($after: String) { tools(first: 100, after: $after) {
  nodes { name description platform category capabilities { name description } }
  pageInfo { hasNextPage endCursor }
} }`
const TEXT = 'query DefinitionText($name: String!) { tool(name: $name) { version { definitionText } } }'

/** The tools of the server, or of the catalog that ships with the package when the server cannot be asked. */
export async function knownTools(session: Session): Promise<KnownTools> {
  try {
    const tools = await firstTools<KnownTool>(session, TOOLS, { timeoutMs: SUGGESTION_TIMEOUT_MS })
    return { origin: session.address.url, tools, definitionText: (name) => serverText(session, name) }
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    const starter = await starterTools()
    const tools = starter.map(({ tool }) => tool)
    const definitionText = async (name: string) =>
      starter.find(({ tool }) => tool.name.toLowerCase() === name.toLowerCase())?.text
    return { origin: `the starter catalog (${error.message})`, tools, definitionText }
  }
}

async function serverText(session: Session, name: string): Promise<string | undefined> {
  const { tool } = await session.ask<{ tool: { version: { definitionText: string } | null } | null }>(TEXT, { name })
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
