import { setFlagsFromString } from 'node:v8'
import { createApp, longestStop } from './app.ts'
import { EXIT, exitCodeOf, messageOf } from './cli/exit-code.ts'
import { ProgressLine } from './cli/progress-line.ts'
import { readConfig } from './config.ts'
import { createLogger } from './logger.ts'

/** What is forgotten is collected when it makes up so many per cent of what is kept: V8 would let it grow to three times as much. */
const GARBAGE_PERCENT = 40

setFlagsFromString(`--heap-growing-percent=${GARBAGE_PERCENT}`)
const stopping = new AbortController()

// The process, and nothing else: configuration, app, signals, exit.
try {
  const config = readConfig()
  const logger = createLogger(config)
  const progress = new ProgressLine('Importing the starter catalog', process.stderr, 0)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort(signal))

  const started = performance.now()
  const app = await createApp({
    config,
    logger,
    signal: stopping.signal,
    onProgress: (done, total) => progress.update(done, total),
    onLost: (error) => {
      logger.fatal({ err: error }, 'The embedded database is gone')
      process.exit(EXIT.software)
    },
  }).finally(() => progress.end())
  const { url, tools, revision, adminKey } = app
  // On standard output and never in the log: logs are kept, and read by others.
  if (adminKey !== undefined)
    process.stdout.write(
      `Admin key, shown this once: ${adminKey}\nSend it to change the catalog: authorization: Bearer …\n`,
    )
  logger.info(
    { url, tools, revision, ms: Math.round(performance.now() - started) },
    `Ready: GraphiQL at ${url}, ${tools} tools at revision ${revision}. Stop with Ctrl-C.`,
  )

  if (!stopping.signal.aborted)
    await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }))
  logger.info(`${String(stopping.signal.reason)}: finishing what is running`)
  setTimeout(() => {
    logger.warn('Stopped before everything was finished')
    process.exit(EXIT.failure)
  }, longestStop(config)).unref()
  await app.stop()
  logger.info('Stopped')
} catch (error) {
  // Whoever stops a server that is still starting gets what was asked for.
  const wasStopped = stopping.signal.aborted
  process.stderr.write(wasStopped ? 'Stopped while starting\n' : `${messageOf(error)}\n`)
  process.exitCode = wasStopped ? EXIT.ok : exitCodeOf(error)
}
