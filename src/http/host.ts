import type { IncomingMessage } from 'node:http'
import { type Config, isLocal, isLoopback } from '../config.ts'
import { refuse } from './refusal.ts'

/**
 * A local server answers to local names only. Otherwise a page could read it through DNS rebinding: its own name, made
 * to resolve to 127.0.0.1 once the page is open, is the same origin for the browser.
 * @throws Refusal
 */
export function checkHost({ headers: { host } }: IncomingMessage, config: Pick<Config, 'DATABASE_URL' | 'HOST'>): void {
  if (host === undefined || host === lastLocal || !isLocal(config)) return
  const url = `http://${host}`
  const name = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : ''
  if (!isLoopback(name)) throw refuse.foreignHost()
  lastLocal = host
}

/** A local name that somebody has used: the next one has probably used the same. */
let lastLocal: string | undefined
