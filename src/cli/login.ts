import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { credentialsPath, readLogins, writeLogins } from './credentials-file.ts'
import { createPrinter } from './printer.ts'
import { askSecret, isTerminal, UsageError } from './prompt.ts'
import { addServerOption, serverAddress } from './server-address.ts'
import { ServerError } from './server-error.ts'
import { type SessionOptions, sessionAt } from './session.ts'

interface Viewer {
  readonly actor: string
  readonly role: string
  readonly expiresAt: string | null
}

const VIEWER = 'query Viewer { viewer { actor role expiresAt } }'

/** `tool-catalog login` and `logout`: keep a key for a server, in a file that only its owner can read. */
export function addLoginCommands(program: Command): void {
  const login = program
    .command('login')
    .description('Keep a key for a server: asked for, or read from standard input; tried first; stored for you alone')
    .addHelpText(
      'after',
      '\nThe file is ~/.config/tool-catalog/credentials.json (TOOL_CATALOG_CREDENTIALS), with the mode 0600. A key is sent\nonly to the endpoint that it was given for. TOOL_CATALOG_KEY, where it is set, goes before it.\n\nExamples:\n  tool-catalog login\n  tool-catalog login --url https://catalog.example.org/graphql < key.txt',
    )
  addServerOption(login).action(runLogin)
  const logout = program
    .command('logout')
    .description('Forget the key that login has stored for a server; the key itself stays valid (keys revoke ends it)')
    .option('--all', 'those of every server')
    .addHelpText('after', '\nExamples:\n  tool-catalog logout\n  tool-catalog logout --all')
  addServerOption(logout).action(runLogout)
}

async function runLogin(options: SessionOptions): Promise<void> {
  const printer = createPrinter(options)
  const { note, json, printJson } = printer
  const { url } = serverAddress(options, { withKey: false })
  const key = (isTerminal() ? await askSecret(`Key for ${url}: `) : await text(process.stdin)).trim()
  if (key === '') throw new UsageError('There is no key on standard input.')
  if (/[^\x21-\x7e]/.test(key)) throw new UsageError('A key has no blanks, and no characters beyond ASCII.')
  const { viewer } = await sessionAt({ url, key }, printer).ask<{ viewer: Viewer }>(VIEWER)
  if (viewer.role === 'NONE' || viewer.actor === 'anonymous')
    throw new ServerError(`${url} takes the key for nobody's`, 'credential')
  const { actor, role, expiresAt } = viewer
  writeLogins({ ...readLogins(), [url]: { key, actor, role, savedAt: new Date().toISOString() } })
  if (json) printJson({ url, actor, role, expiresAt, file: credentialsPath() })
  note(`Signed in at ${url} as ${actor} (${role.toLowerCase()}). The key is in ${credentialsPath()}.`)
}

function runLogout(options: SessionOptions & { readonly all?: boolean }): void {
  const { note, detail, json, printJson } = createPrinter(options)
  const { url } = serverAddress(options, { withKey: false })
  const logins = readLogins()
  detail(`${credentialsPath()} holds keys for ${Object.keys(logins).join(', ') || 'no server'}`)
  const forgotten = options.all ? Object.keys(logins) : Object.keys(logins).filter((known) => known === url)
  if (forgotten.length > 0)
    writeLogins(Object.fromEntries(Object.entries(logins).filter(([known]) => !forgotten.includes(known))))
  if (json) printJson({ forgotten })
  note(forgotten.length === 0 ? `No key is stored for ${url}.` : `Forgot the key for ${forgotten.join(', ')}.`)
}
