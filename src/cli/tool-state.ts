import type { Command } from 'commander'
import { addWriteOptions, type Done, endingOf, mutate, type WriteOptions, writeInput } from './mutate.ts'
import { confirm } from './prompt.ts'
import { addServerOption } from './server-address.ts'
import { openSession, type SessionOptions } from './session.ts'

interface StateOptions extends SessionOptions, WriteOptions {
  readonly yes?: boolean
}

interface Change {
  readonly mutation: string
  readonly input: Readonly<Record<string, unknown>>
  /** The tool and what became of it, as the end of a sentence. */
  readonly said: string
}

/** `tool-catalog rollback`, `enable`, `disable`, `delete` and `undelete`: the state of one tool. */
export function addToolStateCommands(program: Command): void {
  const rollback = program
    .command('rollback')
    .description('Serve another published version by default; undone by rolling back to the one before')
    .argument('<name>', 'name of the tool')
    .argument('<version>', 'version to serve')
    .addHelpText('after', '\nExamples:\n  tool-catalog rollback grep 1.0.0 --message "1.1.0 miscounts"')
  addStateOptions(rollback).action((tool: string, toVersion: string, options: StateOptions) =>
    run({ mutation: 'rollbackTool', input: { tool, toVersion }, said: `${tool} serves ${toVersion}` }, options),
  )
  addSwitch(program, 'enable', 'Put a tool back into service', true)
  addSwitch(program, 'disable', 'Take a tool out of service; who asks for it by name can still read it', false)
  addDelete(program)
  const undelete = program
    .command('undelete')
    .description('Bring a deleted tool back, with its versions and history (restoreTool; `restore` is for backups)')
    .argument('<name-or-id>', 'its name; or its id, when several deleted tools had this name')
    .addHelpText('after', '\nExamples:\n  tool-catalog list --deleted\n  tool-catalog undelete grep')
  addStateOptions(undelete).action((tool: string, options: StateOptions) =>
    run({ mutation: 'restoreTool', input: { tool }, said: `${tool} is back` }, options),
  )
}

function addStateOptions(command: Command): Command {
  return addServerOption(addWriteOptions(command))
}

function addSwitch(program: Command, name: string, description: string, enabled: boolean): void {
  const command = program
    .command(name)
    .description(description)
    .argument('<name>', 'name of the tool')
    .addHelpText('after', `\nExamples:\n  tool-catalog ${name} tcpdump --message "change freeze"`)
  addStateOptions(command).action((tool: string, options: StateOptions) =>
    run(
      { mutation: 'setToolEnabled', input: { tool, enabled }, said: `${tool} is ${enabled ? 'enabled' : 'disabled'}` },
      options,
    ),
  )
}

function addDelete(program: Command): void {
  const command = program
    .command('delete')
    .description('Take a tool out of the catalog; its versions and history stay, and undelete brings it back')
    .argument('<name>', 'name of the tool')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  tool-catalog delete tcpdump\n  tool-catalog delete tcpdump --yes --message "replaced by tshark"',
    )
  addStateOptions(command).action(async (tool: string, options: StateOptions) => {
    await confirm(`Delete the tool ${tool}?`, options.yes || options.dryRun)
    await run({ mutation: 'deleteTool', input: { tool }, said: `${tool} is deleted` }, options)
  })
}

async function run({ mutation, input, said }: Change, options: StateOptions): Promise<void> {
  const session = openSession(options)
  const done = await mutate<Done>(session, mutation, { ...input, ...writeInput(options) })
  if (session.json) session.printJson(done)
  else session.print(`${said}; ${endingOf(done)}`)
}
