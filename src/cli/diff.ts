import type { Command } from 'commander'
import { classifyDifferences } from '../definition/classify.ts'
import { readIdentity } from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import { differenceLines, summaryOf, type ToldDifference } from './difference-lines.ts'
import { UsageError } from './prompt.ts'
import { readOneDefinition } from './read-definition.ts'
import { addServerOption } from './server-address.ts'
import { ServerError } from './server-error.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'
import { definitionText } from './show.ts'
import { hasTool, unknownTool } from './tool-name.ts'

interface DiffOptions extends SessionOptions {
  readonly against?: string
}

interface Compared {
  readonly tool: string
  readonly from: string
  readonly to: string
  readonly differences: readonly ToldDifference[]
}

const DIFF = `query Diff($tool: String!, $from: String!, $to: String!) {
  toolDiff(tool: $tool, from: $from, to: $to) { path before after kind breaking reason }
}`

/** `tool-catalog diff`: two versions of a tool, or a file and the catalog. */
export function addDiffCommand(program: Command): void {
  const diff = program
    .command('diff')
    .description('What changed between two versions of a tool, or a file and the catalog, and whom it breaks')
    .argument('<name-or-file>', 'name of a tool, when versions follow; otherwise a file, or - for standard input')
    .argument('[from]', 'version before')
    .argument('[to]', 'version after; the latest when left out')
    .option('--against <version>', 'version to compare a file with; the latest when left out')
    .addHelpText(
      'after',
      '\nExamples:\n  tool-catalog diff grep 1.0.0 1.1.0\n  tool-catalog diff grep 1.0.0\n  tool-catalog diff grep.yaml\n  tool-catalog show grep@1.0.0 --yaml | tool-catalog diff -',
    )
  addServerOption(diff).action(runDiff)
}

async function runDiff(
  nameOrFile: string,
  from: string | undefined,
  to: string | undefined,
  options: DiffOptions,
): Promise<void> {
  if (from !== undefined && options.against !== undefined)
    throw new UsageError('--against belongs to a file: give a file and no versions.')
  const session = openSession(options)
  const { json, print, printJson } = session
  const compared =
    from === undefined
      ? await diffFile(session, nameOrFile, options.against)
      : await diffVersions(session, nameOrFile, from, to)
  if (json) return printJson(compared)
  const { tool, differences } = compared
  const lines = differenceLines(differences, session.paint)
  print(
    [`${session.paint.bold(tool)} ${compared.from} → ${compared.to}: ${summaryOf(differences)}`, ...lines].join('\n'),
  )
}

async function diffVersions(session: Session, name: string, from: string, to: string | undefined): Promise<Compared> {
  const latest = to ?? (await latestVersion(session, name))
  const variables = { tool: name, from, to: latest }
  const { toolDiff } = await session.ask<{
    toolDiff: (Omit<ToldDifference, 'breaking'> & { breaking: string })[] | null
  }>(DIFF, variables)
  // Whichever of the two it is says why there is none.
  if (!toolDiff) for (const version of [from, latest]) await definitionText(session, name, version)
  const differences = (toolDiff ?? []).map((difference) => ({
    ...difference,
    // As GraphQL spells it.
    breaking: difference.breaking.toLowerCase() as ToldDifference['breaking'],
  }))
  return { tool: name, from, to: latest, differences }
}

async function latestVersion(session: Session, name: string): Promise<string> {
  const query = `query Latest($name: String!) { tool(name: $name) { latest { version } } }`
  const { tool } = await session.ask<{ tool: { latest: { version: string } | null } | null }>(query, { name })
  if (tool?.latest) return tool.latest.version
  await definitionText(session, name, undefined)
  throw new ServerError(`${name} serves no version: say which one to compare with.`, 'refused')
}

async function diffFile(session: Session, path: string, against: string | undefined): Promise<Compared> {
  const { document } = await readOneDefinition(path)
  const { name } = readIdentity(document)
  if (!(await hasTool(session, name))) {
    const { message } = await unknownTool(session, name)
    throw new ServerError(
      `${message} If it is a new one, there is nothing to compare it with: publish makes it.`,
      'refused',
    )
  }
  const stored = JSON.parse(await definitionText(session, name, against, 'JSON')) as JsonObject
  const from = readIdentity(stored).version
  return {
    tool: name,
    from,
    to: path === '-' ? 'standard input' : path,
    differences: classifyDifferences(stored, document),
  }
}
