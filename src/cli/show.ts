import type { Command } from 'commander'
import { addServerOption } from './server-address.ts'
import type { ServerError } from './server-error.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'
import { SHOW, type ShownTool } from './shown-tool.ts'
import { parseReference, unknownTool, unknownVersion } from './tool-name.ts'
import { toolText } from './tool-text.ts'

interface ShowOptions extends SessionOptions {
  readonly yaml?: boolean
}

const DEFINITION = `query Definition($name: String!, $version: String, $format: DefinitionFormat!) {
  tool(name: $name) { version(version: $version) { definitionText(format: $format) } }
}`

/** `tool-catalog show`: one tool, or one version of it. */
export function addShowCommand(program: Command): void {
  const show = program
    .command('show')
    .description(
      'Show one tool as it is served, or as of one version: what it can do, at which cost, under which policy',
    )
    .argument('<name[@version]>', 'name of the tool, and of the version when it is not the latest')
    .option('--yaml', 'its definition, ready to be saved, edited and published')
    .addHelpText(
      'after',
      '\nExamples:\n  tool-catalog show grep\n  tool-catalog show grep@1.0.0 --yaml > grep.yaml\n  tool-catalog show grep --json | jq .latest.version',
    )
  addServerOption(show).action(runShow)
}

async function runShow(text: string, options: ShowOptions): Promise<void> {
  const session = openSession(options)
  const { name, version } = parseReference(text)
  if (options.yaml) return session.print(await definitionText(session, name, version))
  const { tool } = await session.ask<{ tool: ShownTool | null }>(SHOW, { name, version })
  if (!tool) throw await notFound(session, name, version)
  if (session.json) session.printJson(tool)
  else session.print(toolText(tool, session))
}

/**
 * A definition as the catalog would export it.
 * @throws ServerError when there is no such tool or version
 */
export async function definitionText(
  session: Session,
  name: string,
  version: string | undefined,
  format: 'YAML' | 'JSON' = 'YAML',
): Promise<string> {
  const { tool } = await session.ask<{ tool: { version: { definitionText: string } | null } | null }>(DEFINITION, {
    name,
    version,
    format,
  })
  if (!tool?.version) throw await notFound(session, name, tool ? (version ?? 'latest') : undefined)
  return tool.version.definitionText
}

function notFound(session: Session, name: string, version: string | undefined): Promise<ServerError> {
  return version === undefined ? unknownTool(session, name) : unknownVersion(session, name, version)
}
