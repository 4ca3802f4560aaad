import { z } from 'zod'

interface Variable<T> {
  readonly schema: z.ZodType<T, string>
  /** As it would be written in the environment; undefined for a variable without a default. */
  readonly default: string | undefined
  readonly meaning: string
}

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be between ${least} and ${most}`)
const oneOf = <const T extends readonly [string, ...string[]]>(...words: T) =>
  z.enum(words, { error: `must be one of ${words.join(', ')}` })
const flag = () => oneOf('true', 'false').transform((value) => value === 'true')

function variable<T>(schema: z.ZodType<T, string>, fallback: string | undefined, meaning: string): Variable<T> {
  return { schema, default: fallback, meaning }
}

const databaseUrl = z
  .string()
  .refine(
    (value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value),
    'must look like postgresql://user:password@host:5432/database',
  )

/** Every variable the server and the CLI read. The parser, `tool-catalog config` and the README table are made from it. */
const VARIABLES = {
  PORT: variable(wholeNumber(0, 65_535), '3005', 'TCP port to listen on; 0 takes a free one.'),
  HOST: variable(z.string().min(1), '127.0.0.1', 'Address to listen on.'),
  DATABASE_URL: variable(
    databaseUrl.optional() as z.ZodType<string | undefined, string>,
    undefined,
    'PostgreSQL 15 or newer. Unset means the embedded database.',
  ),
  DATA_DIR: variable(z.string().min(1), './data', 'Folder of the embedded database.'),
  DATABASE_POOL_MIN: variable(wholeNumber(0, 100), '5', 'Connections kept open (server only).'),
  DATABASE_POOL_MAX: variable(wholeNumber(1, 500), '20', 'Most connections open at once (server only).'),
  DATABASE_CONNECT_TIMEOUT_MS: variable(
    wholeNumber(100, 600_000),
    '5000',
    'Longest wait for a new or a free connection, in milliseconds (server only).',
  ),
  DATABASE_STATEMENT_TIMEOUT_MS: variable(
    wholeNumber(100, 3_600_000),
    '15000',
    'Longest statement, in milliseconds (server only).',
  ),
  DATABASE_LOCK_TIMEOUT_MS: variable(
    wholeNumber(10, 600_000),
    '2000',
    'Longest wait for a lock, in milliseconds (server only).',
  ),
  STARTER_CATALOG: variable(flag(), 'true', 'Whether an empty catalog is filled from `catalog/` on the first start.'),
  GRAPHIQL: variable(flag(), 'true', 'Whether a browser that opens /graphql gets GraphiQL.'),
  LOG_LEVEL: variable(
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
    'Least severe level that is logged.',
  ),
  LOG_FORMAT: variable(
    oneOf('auto', 'json', 'pretty'),
    'auto',
    'How logs look; auto is pretty on a terminal and JSON elsewhere.',
  ),
  MAX_BODY_BYTES: variable(wholeNumber(1_000, 100_000_000), '1048576', 'Largest HTTP request body, in bytes.'),
  SHUTDOWN_TIMEOUT_MS: variable(
    wholeNumber(0, 600_000),
    '8000',
    'Longest wait for running requests at SIGTERM, in milliseconds.',
  ),
} as const

type Name = keyof typeof VARIABLES
type Value<N extends Name> = (typeof VARIABLES)[N] extends Variable<infer T> ? T : never
export type Config = { readonly [N in Name]: Value<N> }

/** Every problem of a wrong configuration, each naming its variable. The process exits with 78 (EX_CONFIG of sysexits.h). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
  }
}

/**
 * Read the configuration. An empty variable counts as unset.
 * @throws ConfigError with every problem at once
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, { schema, default: fallback }] of Object.entries(VARIABLES)) {
    const raw = environment[name] || fallback
    if (raw === undefined) continue
    const result = schema.safeParse(raw)
    if (result.success) values[name] = result.data
    // The value of DATABASE_URL holds a password.
    else
      problems.push(
        `${name}: ${result.error.issues[0]?.message ?? 'is wrong'}${name === 'DATABASE_URL' ? '' : `, not ${JSON.stringify(raw)}`}`,
      )
  }
  const { DATABASE_POOL_MIN: least, DATABASE_POOL_MAX: most } = values as Partial<Config>
  if (least !== undefined && most !== undefined && least > most)
    problems.push(`DATABASE_POOL_MIN: ${least} is above DATABASE_POOL_MAX (${most})`)
  if (problems.length > 0) throw new ConfigError(problems)
  // Each name was parsed by its own schema just above.
  return Object.freeze(values) as unknown as Config
}

/** Rows of the configuration table: variable, default, meaning. */
export function describeConfig(): { name: string; default: string; meaning: string }[] {
  return Object.entries(VARIABLES).map(([name, { default: fallback, meaning }]) => ({
    name,
    default: fallback ?? '',
    meaning,
  }))
}
