/** A credential, or where to get one: asked anew for every request, so that it can be renewed. */
export type Token = string | (() => string | Promise<string>)

/** Which server, and as whom. */
export interface ServerOptions {
  /** Address of the GraphQL endpoint, for example `http://localhost:3005/graphql`. */
  readonly url: string
  readonly token: Token | undefined
}

export async function credential(token: Token | undefined): Promise<Record<string, string>> {
  const key = typeof token === 'function' ? await token() : token
  return key ? { authorization: `Bearer ${key}` } : {}
}

/**
 * The address of the endpoint, with the path of the server's own endpoint where it names none.
 * @throws TypeError for what is no address of HTTP
 */
export function endpoint(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new TypeError(`Not an address of a server: ${url}`)
  if (parsed.pathname === '/') parsed.pathname = '/graphql'
  return parsed.href
}
