import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from './config.ts'

export type { Logger }

/** Of the line that was written last, and what it is written as: most come in the same millisecond. */
let last = { at: 0, text: '' }

function isoTime(): string {
  const at = Date.now()
  if (at !== last.at) last = { at, text: `,"time":"${new Date(at).toISOString()}"` }
  return last.text
}

/** Longest text that one log field may have: a hostile name must not fill the disk. */
const MOST_CHARACTERS = 1024

/** JSON lines are written together: so many bytes, or what there is after so many milliseconds, or at the end. */
const BUFFERED_BYTES = 12_288
const FLUSH_MS = 100

/** JSON lines for machines, a readable form on a terminal. Logs go to standard error: standard output is for answers. */
export function createLogger(config: Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT'>): Logger {
  const isPretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && process.stderr.isTTY === true)
  const options = {
    level: config.LOG_LEVEL,
    base: null,
    redact: { paths: ['*.password', '*.token', '*.authorization', '*.DATABASE_URL'], censor: '[hidden]' },
    formatters: { log: shortened },
    timestamp: isoTime,
  }
  const destination = isPretty
    ? pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', singleLine: true })
    : pino.destination({ dest: 2, sync: false, minLength: BUFFERED_BYTES, periodicFlush: FLUSH_MS })
  return pino(options, destination)
}

/** For lines that have nothing but what we put there, many a second: looking for secrets takes longer than writing them. */
export function withoutRedaction(logger: Logger): Logger {
  return logger.child({}, { redact: [] })
}

function shortened(fields: Record<string, unknown>): Record<string, unknown> {
  if (!Object.values(fields).some(isTooLong)) return fields
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      isTooLong(value) ? `${value.slice(0, MOST_CHARACTERS)}…` : value,
    ]),
  )
}

function isTooLong(value: unknown): value is string {
  return typeof value === 'string' && value.length > MOST_CHARACTERS
}
