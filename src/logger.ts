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
const GATHERED = { bytes: 65_536, ms: 100 }
/** Of a UTF-16 unit in UTF-8. */
const MOST_BYTES_OF_CHARACTER = 3

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
  if (isPretty)
    return pino(
      options,
      pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', singleLine: true }),
    )
  const destination = gathered(pino.destination({ dest: 2, sync: false, contentMode: 'buffer' }))
  const logger = pino(options, destination)
  destinations.set(logger, destination)
  return logger
}

/**
 * Lines handed on together, as bytes: a line is a string of many pieces, each of which the garbage collector would look at for as
 * long as the line waits.
 */
function gathered(destination: ReturnType<typeof pino.destination>): pino.DestinationStream {
  let gathering = Buffer.allocUnsafe(GATHERED.bytes)
  let used = 0
  let timer: NodeJS.Timeout | undefined
  const handOn = () => {
    clearTimeout(timer)
    timer = undefined
    if (used === 0) return
    hand(gathering.subarray(0, used))
    gathering = Buffer.allocUnsafe(GATHERED.bytes)
    used = 0
  }
  // It takes bytes, having been made for them, which its types do not say.
  const hand = (bytes: Buffer) => destination.write(bytes as unknown as string)
  const flush = () => {
    handOn()
    destination.flushSync()
  }
  let isUsed = false
  return {
    write: (line) => {
      if (!isUsed) {
        // Before pino's own listener: that ends the destination.
        process.prependOnceListener('beforeExit', handOn)
        process.once('exit', flush)
      }
      isUsed = true
      const most = line.length * MOST_BYTES_OF_CHARACTER
      if (used + most > GATHERED.bytes) handOn()
      if (most > GATHERED.bytes) hand(Buffer.from(line))
      else used += gathering.write(line, used)
      timer ??= setTimeout(handOn, GATHERED.ms).unref()
    },
  }
}

/** One answer, as the request log has it. */
export interface RequestLine {
  readonly requestId: string
  readonly method: string | undefined
  readonly path: string
  readonly status: number
  readonly actor: string | undefined
  readonly operation: string | undefined
  readonly code: string | undefined
  readonly traceId: string | undefined
  readonly ms: number
}

/**
 * Writes one line for each answer, many a second: the line that pino would write, put together with less work, since all of its
 * fields are known, and none of them can be a secret.
 */
export function createRequestLog(logger: Logger): (line: RequestLine, level: 'debug' | 'info') => void {
  const destination = destinations.get(logger)
  if (!destination) return (line, level) => logger[level](line, 'request')
  return (line, level) => {
    if (!logger.isLevelEnabled(level)) return
    const { requestId, method, path, status, actor, operation, code, traceId, ms } = line
    destination.write(
      `{"level":${pino.levels.values[level]}${isoTime()},"requestId":"${requestId}","method":"${method}"${textField('path', path)},"status":${status}${textField('actor', actor)}${textField('operation', operation)}${textField('code', code)}${textField('traceId', traceId)},"ms":${ms},"msg":"request"}\n`,
    )
  }
}

/** Where the JSON lines of a logger go. */
const destinations = new WeakMap<Logger, pino.DestinationStream>()

function textField(name: string, value: string | undefined): string {
  if (value === undefined) return ''
  return `,"${name}":${JSON.stringify(isTooLong(value) ? `${value.slice(0, MOST_CHARACTERS)}…` : value)}`
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
