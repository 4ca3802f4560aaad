import { Argument, type Command, type Option } from 'commander'
import { bashCompletion, fishCompletion, zshCompletion } from './completion-scripts.ts'

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

/** A command as its completion knows it. */
export interface CompletedCommand {
  /** `keys create`; empty for the program itself. */
  readonly path: string
  readonly description: string
  readonly subcommands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly CompletedOption[]
  /** Words that its first argument can be; nothing where files may be meant. */
  readonly words: readonly string[]
}

export interface CompletedOption {
  /** As they are typed: `-m`, `--message`. */
  readonly flags: readonly string[]
  readonly description: string
  readonly takesValue: boolean
  readonly choices: readonly string[]
}

/** `tool-catalog completion`: what makes a shell complete commands and options. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('Print what makes a shell complete the commands and options of tool-catalog')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(tool-catalog completion bash)\n  tool-catalog completion zsh > "$fpath[1]/_tool-catalog"\n  tool-catalog completion fish > ~/.config/fish/completions/tool-catalog.fish',
    )
    .action((shell: keyof typeof SHELLS) => void process.stdout.write(SHELLS[shell](completedCommands(program))))
}

/** Every command of the program, each before its own subcommands. */
export function completedCommands(program: Command): CompletedCommand[] {
  const visit = (command: Command, path: string): CompletedCommand[] => [
    {
      path,
      description: command.description(),
      subcommands: command.commands.map((sub) => ({ name: sub.name(), description: sub.description() })),
      options: [...command.options.map(completedOption), HELP],
      words: command.registeredArguments[0]?.argChoices ?? [],
    },
    ...command.commands.flatMap((sub) => visit(sub, `${path} ${sub.name()}`.trim())),
  ]
  return visit(program, '')
}

const HELP: CompletedOption = { flags: ['-h', '--help'], description: 'display help', takesValue: false, choices: [] }

function completedOption({ short, long, description, required, optional, argChoices }: Option): CompletedOption {
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    takesValue: required || optional,
    choices: argChoices ?? [],
  }
}
