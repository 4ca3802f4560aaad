import { type Command, Option } from 'commander'

/** The filters of the API, as options. */
export interface FilterOptions {
  readonly platform?: string
  readonly category?: string
  readonly status?: string
  readonly tag?: string
  readonly capability?: string
  readonly name?: string
  readonly productionSafe?: boolean
  readonly requiresApproval?: boolean
  readonly disabled?: boolean
  readonly all?: boolean
  readonly deleted?: boolean
}

const STATUSES = ['draft', 'testing', 'active', 'deprecated', 'disabled']

export function addFilterOptions(command: Command): Command {
  return command
    .option('--platform <platform>', 'only tools of this platform')
    .option('--category <category>', 'only tools of this category')
    .addOption(new Option('--status <status>', 'only tools whose version shown is at this stage').choices(STATUSES))
    .option('--tag <tag>', 'only tools with this tag')
    .option('--capability <name>', 'only tools that can do this')
    .option('--name <part>', 'only tools with this in their name')
    .option('--production-safe', 'only tools all of whose patterns are production safe')
    .option('--no-production-safe', 'only tools that have a pattern that is not')
    .option('--requires-approval', 'only tools that have a pattern that takes an approval')
    .option('--no-requires-approval', 'only tools that have none')
    .addOption(new Option('--disabled', 'only tools out of service').conflicts(['all', 'deleted']))
    .addOption(new Option('--all', 'also tools out of service').conflicts('deleted'))
    .option('--deleted', 'only tools that were deleted (editors)')
}

/** As the API takes it. */
export function filterOf(options: FilterOptions): Record<string, unknown> {
  const { platform, category, status, tag, capability, name, productionSafe, requiresApproval } = options
  const enabled = options.disabled ? { enabled: false } : options.all || options.deleted ? { enabled: null } : {}
  const given = {
    platform,
    category,
    status: status?.toUpperCase(),
    tag,
    capability,
    nameContains: name,
    productionSafe,
    requiresApproval,
    deleted: options.deleted,
  }
  return { ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)), ...enabled }
}
