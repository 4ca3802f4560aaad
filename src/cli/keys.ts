import { type Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import { type ApiKeyRow, createApiKey, listApiKeys, revokeApiKey, stateOfApiKey } from '../auth/api-keys.ts'
import { CREDENTIAL_ROLES, type CredentialRole } from '../auth/viewer.ts'
import { operator } from './operator.ts'
import { createPrinter, type OutputOptions } from './printer.ts'
import { type Column, formatTable } from './table.ts'
import { withDatabase } from './with-database.ts'

interface CreateOptions extends OutputOptions {
  readonly role: CredentialRole
  readonly expires?: Date
}

/** `tool-catalog keys`: who may sign in. Works on the database itself, so that it needs no credential. */
export function addKeysCommand(program: Command): void {
  const keys = program
    .command('keys')
    .description('API keys: create, list, revoke')
    .addHelpText(
      'after',
      '\nExamples:\n  KEY=$(tool-catalog keys create ci --role editor --expires 90d)\n  tool-catalog keys list\n  tool-catalog keys revoke ci',
    )
  addCreate(keys)
  keys
    .command('list')
    .description('List every key, newest first: name, role, when it expires, when it was last used')
    .addHelpText('after', '\nExamples:\n  tool-catalog keys list\n  tool-catalog keys list --json | jq -r ".[].name"')
    .action(runList)
  keys
    .command('revoke')
    .description('Revoke a key: servers refuse it within 5 seconds')
    .argument('<name-or-id>', 'which key')
    .addHelpText(
      'after',
      '\nIt stays in the list, as revoked. There is no way back.\n\nExamples:\n  tool-catalog keys revoke ci',
    )
    .action(runRevoke)
}

function addCreate(keys: Command): void {
  keys
    .command('create')
    .description('Create a key and print it on standard output: it is shown only this once')
    .argument('<name>', 'what to call it: letters, digits, spaces and ._-@')
    .addOption(new Option('--role <role>', 'what it allows').choices([...CREDENTIAL_ROLES]).makeOptionMandatory())
    .option('--expires <when>', 'in so many days (90d), or a date in UTC (2030-01-31)', parseExpiry)
    .option('--json', 'the key and what is known of it, as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  tool-catalog keys create alice --role admin\n  KEY=$(tool-catalog keys create ci --role editor --expires 90d)',
    )
    .action(runCreate)
}

async function runCreate(name: string, { role, expires, ...options }: CreateOptions): Promise<void> {
  const printer = createPrinter(options)
  const { key, row } = await withDatabase(printer, (database) =>
    createApiKey(database, { name, role, expiresAt: expires, createdBy: operator() }),
  )
  if (printer.json) printer.printJson({ key, ...row })
  else printer.print(key)
  const end = row.expiresAt ? `expires ${timeOf(row.expiresAt)}` : 'does not expire'
  printer.note(`Key ${row.name} (${row.role}) created; it ${end}. It is not shown again: keep it safe.`)
}

async function runList(options: OutputOptions): Promise<void> {
  const printer = createPrinter(options)
  const keys = await withDatabase(printer, listApiKeys)
  if (printer.json) printer.printJson(keys.map((key) => ({ ...key, state: stateOfApiKey(key) })))
  else if (keys.length > 0) printer.print(formatTable(COLUMNS, keys, printer))
  else printer.note('There is no key yet. Create one: tool-catalog keys create --role admin NAME')
}

async function runRevoke(nameOrId: string, options: OutputOptions): Promise<void> {
  const printer = createPrinter(options)
  const key = await withDatabase(printer, (database) => revokeApiKey(database, nameOrId, operator()))
  const { name, prefix, revokedAt, revokedBy } = key
  if (printer.json) printer.printJson({ ...key, state: stateOfApiKey(key) })
  else printer.print(`Key ${name} (${prefix}…) revoked ${timeOf(revokedAt)} by ${revokedBy}`)
}

const COLUMNS: readonly Column<ApiKeyRow>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'KEY', cell: ({ prefix }) => `${prefix}…` },
  { title: 'ROLE', cell: ({ role }) => role },
  { title: 'CREATED', cell: ({ createdAt }) => timeOf(createdAt) },
  { title: 'EXPIRES', cell: ({ expiresAt }) => timeOf(expiresAt) },
  { title: 'LAST USED', cell: ({ lastUsedAt }) => timeOf(lastUsedAt) },
  { title: 'STATE', cell: stateOfApiKey },
]

/** To the minute, in UTC. */
function timeOf(time: Date | null): string {
  return time ? `${time.toISOString().slice(0, 16).replace('T', ' ')}Z` : 'never'
}

const DAY_MS = 86_400_000
const DATE = z.union([z.iso.date(), z.iso.datetime({ offset: true })])

function parseExpiry(text: string): Date {
  const days = /^(\d{1,5})d$/.exec(text)?.[1]
  if (days !== undefined) return new Date(Date.now() + Number(days) * DAY_MS)
  if (!DATE.safeParse(text).success)
    throw new InvalidArgumentError('Must be a number of days such as 90d, or a date such as 2030-01-31.')
  return new Date(text)
}
