import { parseArgs } from 'node:util'
import { MODELS, type Plan, PROFILES, type ProfileName } from '../k6/profiles.ts'

export interface LoadOptions {
  readonly plan: Plan
  /** A server that is running already; undefined starts one. */
  readonly url: string | undefined
  /** Its process id, when it runs on this machine. */
  readonly pid: number | undefined
  /** How many tools the catalog of our own server has. */
  readonly tools: number
  readonly builds: boolean
  /** Draw the report of an earlier run again, and do nothing else. */
  readonly redraw: string | undefined
}

/** What was asked for cannot be done; the message says what can. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const USAGE = `npm run load -- [options]
  --profile NAME   ${Object.keys(PROFILES).join(', ')} (default: smoke)
  --model NAME     arrival: requests come at a rate; closed: users wait, think and ask again (default: arrival)
  --stretch N      every stage of the profile takes N times as long (default: 1)
  --tools N        tools in the generated catalog (default: 200)
  --url URL        load a server that is running already, instead of one of its own. TOOL_CATALOG_KEY is the key of an
                   admin (for the server's own figures), TOOL_CATALOG_READER_KEY that of a reader
  --write          with --url: change its catalog too. The tools that it makes are deleted at the end; the history stays
  --pid N          with --url: the server's process, when it runs on this machine, for its processor time and memory
  --no-build       take the server that was built last
  --redraw FOLDER  draw the report of an earlier run again
DATABASE_URL names the PostgreSQL server for a database of its own, dropped at the end; unset means the embedded one.`

/** @throws UsageError */
export function readOptions(args: readonly string[]): LoadOptions {
  const values = parse(args)
  if (values.help) throw new UsageError(USAGE)
  const { profile, url } = values
  const model = MODELS.find((one) => one === values.model)
  if (!isProfile(profile)) throw new UsageError(`--profile must be one of ${Object.keys(PROFILES).join(', ')}`)
  if (!model) throw new UsageError(`--model must be one of ${MODELS.join(', ')}`)
  if (url !== undefined && !/^https?:\/\//.test(url))
    throw new UsageError('--url must be an http:// or https:// address')
  if (url === undefined && (values.write || values.pid !== undefined))
    throw new UsageError('--write and --pid go with --url: a server of our own is written to anyway')
  return {
    plan: {
      profile,
      model,
      stretch: numberAbove(0, '--stretch', values.stretch),
      writes: url === undefined || values.write,
    },
    url,
    pid: values.pid === undefined ? undefined : wholeNumber('--pid', values.pid),
    tools: wholeNumber('--tools', values.tools),
    builds: !values['no-build'],
    redraw: values.redraw,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        profile: { type: 'string', default: 'smoke' },
        model: { type: 'string', default: 'arrival' },
        stretch: { type: 'string', default: '1' },
        tools: { type: 'string', default: '200' },
        url: { type: 'string' },
        write: { type: 'boolean', default: false },
        pid: { type: 'string' },
        'no-build': { type: 'boolean', default: false },
        redraw: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`)
  }
}

function isProfile(name: string): name is ProfileName {
  return Object.hasOwn(PROFILES, name)
}

function numberAbove(least: number, option: string, text: string): number {
  const value = Number(text)
  if (!(value > least && Number.isFinite(value))) throw new UsageError(`${option} must be a number above ${least}`)
  return value
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`${option} must be a whole number above 0`)
  return Number(text)
}
