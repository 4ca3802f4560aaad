import { createApp } from './app.ts'
import { exitCodeOf, messageOf } from './cli/exit-code.ts'
import { ProgressLine } from './cli/progress-line.ts'
import { readConfig } from './config.ts'
import { createLogger } from './logger.ts'

// The process, and nothing else: configuration, app, signals, exit.
try {
  const config = readConfig()
  const logger = createLogger(config)
  const stopping = new AbortController()
  const progress = new ProgressLine('Importing the starter catalog', process.stderr)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort(signal))

  const started = performance.now()
  const app = await createApp({
    config,
    logger,
    signal: stopping.signal,
    onProgress: (done, total) => progress.update(done, total),
  })
  progress.end()
  const { url, tools, revision } = app
  logger.info(
    { url, tools, revision, ms: Math.round(performance.now() - started) },
    `Ready: GraphiQL at ${url}, ${tools} tools at revision ${revision}. Stop with Ctrl-C.`,
  )

  if (!stopping.signal.aborted)
    await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }))
  logger.info(`${String(stopping.signal.reason)}: finishing what is running`)
  await app.stop()
  logger.info('Stopped')
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = exitCodeOf(error)
}
