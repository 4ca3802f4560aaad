import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { countExport, type ExportedDefinition, exportDefinitions } from '../catalog/export.ts'
import { withSnapshot } from '../db/snapshot.ts'
import { FORMATS, type Format, serialise, serialiseStream } from '../definition/serialise.ts'
import { EXIT } from './exit-code.ts'
import { InterruptedError } from './interruptible.ts'
import { plural } from './plural.ts'
import { createPrinter, type OutputOptions, type Printer } from './printer.ts'
import { withDatabase } from './with-database.ts'
import { writeWhole } from './write-whole.ts'

interface ExportCommandOptions extends OutputOptions {
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
    .option('--json', 'which files were written, as JSON; without a folder, the same as --format json')
    .addHelpText(
      'after',
      '\nExamples:\n  tool-catalog export ./backup --version all\n  tool-catalog export --tool grep --format json',
    )
    .action(async (path: string | undefined, options: ExportCommandOptions) => setExit(await runExport(path, options)))
}

async function runExport(path: string | undefined, options: ExportCommandOptions): Promise<number> {
  const printer = createPrinter(options)
  const { tool, version } = options
  const format = path === undefined && printer.json ? 'json' : options.format
  const files = await exportAll(path, { ...options, format }, printer)
  if (files.length === 0 && tool !== undefined) {
    printer.complain(
      `There is no tool ${tool}${version === 'latest' ? ' that serves a version; try --version all' : ''}`,
    )
    return EXIT.failure
  }
  if (path !== undefined && printer.json) printer.printJson({ path, definitions: files.length, files })
  printer.note(`${plural(files.length, 'definition')} exported${path === undefined ? '' : ` to ${path}`}`)
  return EXIT.ok
}

/**
 * @returns the file of each definition; the one that it would have, on standard output
 * @throws InterruptedError, which says what is there already
 */
async function exportAll(
  path: string | undefined,
  options: ExportCommandOptions,
  printer: Printer,
): Promise<readonly string[]> {
  const { format, version: versions, tool, platform } = options
  const files: string[] = []
  const write = async (exported: ExportedDefinition) => {
    const file = fileOf(exported, options)
    // Not waited for: a reader that pauses (`| less`) must not hold the snapshot open.
    if (path === undefined) process.stdout.write(serialiseStream(exported.definition, format))
    else await writeWhole(join(path, file), serialise(exported.definition, format), { replace: true })
    files.push(file)
  }
  const exporting = printer.progress('Exporting')
  try {
    await withDatabase(printer, (database) =>
      withSnapshot(database, async (snapshot) => {
        const filter = { versions, tool, platform }
        const total = path === undefined ? 0 : await countExport(snapshot, filter)
        for await (const exported of exportDefinitions(snapshot, filter)) {
          await write(exported)
          if (path !== undefined) exporting.update(files.length, total)
        }
      }),
    ).finally(() => exporting.end())
  } catch (error) {
    if (!(error instanceof InterruptedError) || path === undefined) throw error
    throw new InterruptedError(
      error.exitCode,
      `Stopped. ${plural(files.length, 'definition')} exported to ${path}, each file whole; the others are as they were.`,
    )
  }
  return files
}

/** Names of tools and versions are harmless in paths: the format sees to it. Tools differ by more than case, too. */
function fileOf(
  { platform, tool, version }: ExportedDefinition,
  { format, version: which }: ExportCommandOptions,
): string {
  return join(platform, `${tool.toLowerCase()}${which === 'all' ? `@${version}` : ''}.${format}`)
}
