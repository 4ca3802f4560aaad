import type { Command } from 'commander'
import { type GraphQLField, type GraphQLInputField, getNamedType, isInputObjectType, isNonNullType } from 'graphql'
import { configMarkdown } from '../src/cli/config.ts'
import { EXIT_MEANINGS } from '../src/cli/exit-code.ts'
import { createProgram, usageOf } from '../src/cli/program.ts'
import { schema } from '../src/graphql/schema.ts'

/** docs/quick-reference.md: every operation, command and variable on one page. */
export function quickReference(): string {
  return [
    '# Quick reference',
    '',
    'Made by `npm run generate` from the code; do not edit. `!` marks what must be given. The whole contract is',
    '[schema.graphql](../schema.graphql), the definition format [definition.schema.json](../definition.schema.json).',
    '',
    '## GraphQL queries',
    '',
    ...table(['query', 'arguments', 'answers', 'what'], fieldsOf('query').map(queryRow)),
    '',
    '## GraphQL mutations',
    '',
    `Each takes one \`input\`. Beside these fields ${list(commonFields())} are those of every mutation that writes the catalog.`,
    '',
    ...table(['mutation', 'input', 'what'], fieldsOf('mutation').map(mutationRow)),
    '',
    '## GraphQL subscriptions',
    '',
    ...table(['subscription', 'arguments', 'answers', 'what'], fieldsOf('subscription').map(queryRow)),
    '',
    '## Commands',
    '',
    '`tool-catalog COMMAND --help` has examples. `restore` is for backups; a deleted tool comes back with `undelete`.',
    '',
    `Every command but \`serve\` and \`completion\` also takes ${list(outputOptions())}, behind it or before it.`,
    'Standard output holds what was asked for and is the same with `--quiet`; notes, progress and errors go to standard error. A bar shows on a',
    'terminal whatever takes longer than a second. `--json` gives one value (`watch`: one a line), and times as ISO 8601.',
    '',
    ...table(['command', 'options', 'what'], commandRows()),
    '',
    '### Exit codes',
    '',
    'Of every command but `plan`, which ends with 0 (nothing to change), 2 (there are changes) or 1 (anything that went wrong).',
    '',
    ...table(
      ['code', 'meaning'],
      EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning]),
    ),
    '',
    '## Environment variables',
    '',
    configMarkdown(),
  ].join('\n')
}

type Field = GraphQLField<unknown, unknown>

function fieldsOf(kind: 'query' | 'mutation' | 'subscription'): Field[] {
  const types = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }
  const fields = Object.values(types[kind]?.getFields() ?? {})
  return fields.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function queryRow({ name, args, type, description }: Field): string[] {
  return [`\`${name}\``, list(args.map(argumentName)), `\`${String(type)}\``, text(description)]
}

function mutationRow({ name, args, description }: Field): string[] {
  const common = new Set(commonFields())
  const own = inputFields(args[0])
    .map(argumentName)
    .filter((field) => !common.has(field))
  return [`\`${name}\``, list(own), text(description)]
}

/** Input fields that most mutations have. */
function commonFields(): string[] {
  const inputs = fieldsOf('mutation').map(({ args }) => inputFields(args[0]).map(argumentName))
  return [...new Set(inputs.flat())].filter(
    (field) => inputs.filter((fields) => fields.includes(field)).length > inputs.length / 2 && field !== 'tool!',
  )
}

function inputFields(argument: Field['args'][number] | undefined): GraphQLInputField[] {
  const type = argument && getNamedType(argument.type)
  return isInputObjectType(type) ? Object.values(type.getFields()) : []
}

function argumentName({ name, type, defaultValue }: GraphQLInputField | Field['args'][number]): string {
  return isNonNullType(type) && defaultValue === undefined ? `${name}!` : name
}

/** Commands that do something: those that only hold others are in their names. */
function commandRows(): string[][] {
  const common = new Set(outputOptions())
  const visit = (command: Command, path: string): string[][] =>
    command.commands.flatMap((sub) => {
      const name = `${path} ${sub.name()}`.trim()
      if (sub.commands.length > 0) return visit(sub, name)
      const usage = `${path} ${usageOf(sub)}`.trim()
      const own = sub.options.map(({ flags }) => flags).filter((flags) => !common.has(flags))
      return [[`\`${usage}\``, list(own), text(sub.description())]]
    })
  return visit(program(), '')
}

function program(): Command {
  return createProgram(() => {})
}

/** Of every command that prints something, and of the program itself. */
function outputOptions(): string[] {
  return program()
    .options.map(({ flags }) => flags)
    .filter((flags) => !flags.includes('--version'))
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(titles), `|${titles.map(() => '---|').join('')}`, ...rows.map(line)]
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name.replaceAll('|', '\\|')}\``).join(' ')
}

function text(description: string | null | undefined): string {
  return (description ?? '').replace(/\s+/g, ' ').replaceAll('|', '\\|')
}
