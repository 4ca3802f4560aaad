import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from './config.ts'

export type { Logger }

/** Longest text that one log field may have: a hostile name must not fill the disk. */
const MOST_CHARACTERS = 1024

/** JSON lines for machines, a readable form on a terminal. Logs go to standard error: standard output is for answers. */
export function createLogger(config: Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT'>): Logger {
  const isPretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && process.stderr.isTTY === true)
  const options = {
    level: config.LOG_LEVEL,
    base: null,
    redact: { paths: ['*.password', '*.token', '*.authorization', '*.DATABASE_URL'], censor: '[hidden]' },
    formatters: { log: shortened },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  const destination = isPretty
    ? pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', singleLine: true })
    : pino.destination({ dest: 2, sync: true })
  return pino(options, destination)
}

function shortened(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'string' && value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}…` : value,
    ]),
  )
}
