import { readFileSync } from 'node:fs'
import { z } from 'zod'

const PACKAGE = new URL('../../package.json', import.meta.url)

/** The version of the server, as its package says. */
export function packageVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(PACKAGE, 'utf8'))).version
}
