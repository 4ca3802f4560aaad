import { VARIABLES } from './config-variables.ts'
import type { Variable } from './variable.ts'

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
  for (const [name, { schema, default: fallback, isSecret }] of Object.entries(VARIABLES)) {
    const raw = environment[name] || fallback
    if (raw === undefined) continue
    const result = schema.safeParse(raw)
    if (result.success) values[name] = result.data
    else
      problems.push(
        `${name}: ${result.error.issues[0]?.message ?? 'is wrong'}${isSecret ? '' : `, not ${JSON.stringify(raw)}`}`,
      )
  }
  const { DATABASE_POOL_MIN: least, DATABASE_POOL_MAX: most } = values as Partial<Config>
  if (least !== undefined && most !== undefined && least > most)
    problems.push(`DATABASE_POOL_MIN: ${least} is above DATABASE_POOL_MAX (${most})`)
  const { PORT: port, METRICS_PORT: metricsPort } = values as Partial<Config>
  if (port !== undefined && port !== 0 && port === metricsPort)
    problems.push(`METRICS_PORT: must not be PORT (${port})`)
  const { DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl } = values as Partial<Config>
  if (directUrl !== undefined && url === undefined)
    problems.push('DATABASE_URL: must be set when DATABASE_DIRECT_URL is')
  problems.push(...accessProblems(values as Partial<Config>))
  if (problems.length > 0) throw new ConfigError(problems)
  // Each name was parsed by its own schema just above.
  return Object.freeze(values) as unknown as Config
}

/** The environment of this process with some variables set otherwise: what a process that it starts gets. */
export function environmentWith(changes: Readonly<Record<string, string>>): Record<string, string | undefined> {
  return { ...process.env, ...changes }
}

/** As if NO_COLOR were set: Node, the prompts and what this process starts look at it. */
export function forgoColours(): void {
  process.env.NO_COLOR = '1'
  delete process.env.FORCE_COLOR
}

/** Whether only this machine can reach the server, and its database is its own: what a newcomer starts. */
export function isLocal({ DATABASE_URL, HOST }: Pick<Config, 'DATABASE_URL' | 'HOST'>): boolean {
  return DATABASE_URL === undefined && isLoopback(HOST)
}

/** A switch that is `auto` is on where only this machine can reach the server, and its database is its own. */
export function isOn(value: 'auto' | 'true' | 'false', config: Pick<Config, 'DATABASE_URL' | 'HOST'>): boolean {
  return value === 'auto' ? isLocal(config) : value === 'true'
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function accessProblems(values: Partial<Config>): string[] {
  const problems: string[] = []
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: url, JWT_PUBLIC_KEY: key } = values
  if (issuer !== undefined) {
    if (audience === undefined) problems.push('JWT_AUDIENCE: must be set when JWT_ISSUER is')
    if ((url === undefined) === (key === undefined))
      problems.push('JWT_JWKS_URL: set this or JWT_PUBLIC_KEY, and only one, when JWT_ISSUER is set')
  } else if ((audience ?? url ?? key) !== undefined) problems.push('JWT_ISSUER: must be set to accept JWTs')
  return problems
}

/** Rows of the configuration table: variable, default, meaning. */
export function describeConfig(): { name: string; default: string; meaning: string }[] {
  return Object.entries(VARIABLES).map(([name, { default: fallback, meaning }]) => ({
    name,
    default: fallback ?? '',
    meaning,
  }))
}

/** Names of the variables of ours that this process was given. Empty counts as unset. */
export function variablesSet(): string[] {
  return Object.keys(VARIABLES).filter((name) => process.env[name])
}

/** A variable that is the system's, not ours: where programs are, which editor a person likes. Empty counts as unset. */
export function systemVariable(name: 'PATH' | 'EDITOR' | 'VISUAL'): string | undefined {
  return process.env[name] || undefined
}
