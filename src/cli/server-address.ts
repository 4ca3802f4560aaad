import { type Command, InvalidArgumentError } from 'commander'
import { readConfig } from '../config.ts'
import { readLogins } from './credentials-file.ts'

/** A running server, and what to show it. */
export interface ServerAddress {
  /** Of its GraphQL endpoint, over HTTP. */
  readonly url: string
  /** API key or token. */
  readonly key: string | undefined
}

/** The option of every command that speaks to a running server. */
export function addServerOption(command: Command): Command {
  return command.option(
    '--url <url>',
    'GraphQL endpoint of the server (default: TOOL_CATALOG_URL, or http://127.0.0.1:3005/graphql)',
    parseUrl,
  )
}

/**
 * The key comes from the environment or from what `login` has stored for this endpoint, never from an option: options of a
 * running command are there for every user of the machine.
 * @throws ServerError for a file of stored keys that cannot be used
 */
export function serverAddress(
  options: { readonly url?: string },
  { withKey = true }: { readonly withKey?: boolean } = {},
): ServerAddress {
  const { TOOL_CATALOG_URL, TOOL_CATALOG_KEY } = readConfig()
  const url = endpointOf(options.url ?? TOOL_CATALOG_URL)
  return { url, key: withKey ? (TOOL_CATALOG_KEY ?? readLogins()[url]?.key) : undefined }
}

/** A server alone means its endpoint. */
function endpointOf(url: string): string {
  const endpoint = new URL(url)
  if (endpoint.pathname === '/') endpoint.pathname = '/graphql'
  return endpoint.href
}

function parseUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('Must look like http://127.0.0.1:3005/graphql.')
  return text
}
