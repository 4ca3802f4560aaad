import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { type ExportedDefinition, exportDefinitions } from '../catalog/export.ts'
import { withSnapshot } from '../db/snapshot.ts'
import { FORMATS, type Format, serialise, serialiseStream } from '../definition/serialise.ts'
import { EXIT } from './exit-code.ts'
import { plural } from './validate.ts'
import { withDatabase } from './with-database.ts'
import { writeWhole } from './write-whole.ts'

interface ExportCommandOptions {
  readonly format: Format
  readonly tool?: string
  readonly platform?: string
  readonly version: 'all' | 'latest'
}

/** `tool-catalog export`: one file per definition in a folder, or one stream on standard output. */
export function addExportCommand(program: Command, setExit: (code: number) => void): void {
  program
    .command('export')
    .description('Export definitions as they were imported: a folder of files, or one stream on standard output')
    .argument('[path]', 'folder to write <platform>/<tool>.yaml into; standard output when left out')
    .addOption(new Option('--format <format>', 'how to write them').choices([...FORMATS]).default('yaml'))
    .option('--tool <name>', 'only this tool')
    .option('--platform <platform>', 'only tools of this platform')
    .addOption(
      new Option('--version <which>', 'which versions of each tool').choices(['all', 'latest']).default('latest'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  tool-catalog export ./backup --version all\n  tool-catalog export --tool grep --format json',
    )
    .action(async (path: string | undefined, options: ExportCommandOptions) => setExit(await runExport(path, options)))
}

async function runExport(path: string | undefined, options: ExportCommandOptions): Promise<number> {
  const { format, version, tool, platform } = options
  const count = await withDatabase((database) =>
    withSnapshot(database, async (snapshot) => {
      let written = 0
      for await (const exported of exportDefinitions(snapshot, { versions: version, tool, platform })) {
        // Not waited for: a reader that pauses (`| less`) must not hold the snapshot open.
        if (path === undefined) process.stdout.write(serialiseStream(exported.definition, format))
        else
          await writeWhole(join(path, fileOf(exported, options)), serialise(exported.definition, format), {
            replace: true,
          })
        written++
      }
      return written
    }),
  )
  if (count === 0 && tool !== undefined) {
    process.stderr.write(
      `There is no tool ${tool}${version === 'latest' ? ' that serves a version; try --version all' : ''}\n`,
    )
    return EXIT.failure
  }
  process.stderr.write(`${plural(count, 'definition')} exported${path === undefined ? '' : ` to ${path}`}\n`)
  return EXIT.ok
}

/** Names of tools and versions are harmless in paths: the format sees to it. Tools differ by more than case, too. */
function fileOf(
  { platform, tool, version }: ExportedDefinition,
  { format, version: which }: ExportCommandOptions,
): string {
  return join(platform, `${tool.toLowerCase()}${which === 'all' ? `@${version}` : ''}.${format}`)
}
