import type { IncomingHttpHeaders } from 'node:http'
import {
  type Authenticator,
  CredentialsUnavailableError,
  hasRole,
  UnauthenticatedError,
  type Viewer,
} from '../auth/viewer.ts'
import type { Measurements } from '../performance/measurements.ts'
import type { Caller } from './caller.ts'
import { credentialOf, credentialOfParams } from './credential.ts'
import type { RateLimits } from './rate-limits.ts'
import { refuse } from './refusal.ts'

export interface GateOptions {
  readonly authenticator: Authenticator
  readonly limits: RateLimits
  readonly performance: Pick<Measurements, 'authFailures'>
}

/** Who may come in, over HTTP and over websockets. Every method throws a Refusal for whoever may not. */
export interface Gate {
  /** The caller of one request, who may at least read; before its body is read. */
  request(headers: IncomingHttpHeaders, address: string): Promise<Caller>
  /** The caller of a websocket, as far as its first request tells: undefined when the credential may follow. */
  upgrade(headers: IncomingHttpHeaders, address: string): Promise<Caller | undefined>
  /** The caller of a websocket, once its first message is there. */
  connection(params: Readonly<Record<string, unknown>> | undefined, address: string): Promise<Caller>
}

export function createGate({ authenticator, limits, performance }: GateOptions): Gate {
  const identify = async (readCredential: () => string | undefined, address: string): Promise<Caller> => {
    let viewer: Viewer
    try {
      const credential = readCredential()
      if (credential !== undefined) await limits.attempt(address)
      viewer = await authenticator.authenticate(credential)
    } catch (error) {
      if (!(error instanceof UnauthenticatedError)) {
        if (error instanceof CredentialsUnavailableError) performance.authFailures.add('unavailable')
        throw error
      }
      performance.authFailures.add('bad_credential')
      await limits.failure(address)
      throw refuse.badCredential()
    }
    const caller = { viewer, address }
    await limits.request(caller)
    return caller
  }
  const identifyReader = async (readCredential: () => string | undefined, address: string) => {
    const caller = await identify(readCredential, address)
    if (!hasRole(caller.viewer, 'reader')) {
      performance.authFailures.add('no_credential')
      throw refuse.noCredential()
    }
    return caller
  }
  return {
    request: (headers, address) => identifyReader(() => credentialOf(headers), address),
    upgrade: async (headers, address) => {
      const caller = confirmed(await identify(() => credentialOf(headers), address))
      return caller.viewer.via === 'anonymous' ? undefined : caller
    },
    connection: async (params, address) => confirmed(await identifyReader(() => credentialOfParams(params), address)),
  }
}

/** A stream would go on when the credential turns out to be revoked: it begins when that is known. */
function confirmed(caller: Caller): Caller {
  if (caller.viewer.unconfirmed) throw new CredentialsUnavailableError('The database cannot be asked about the key.')
  return caller
}

/** @throws Refusal unless this caller may send an import */
export function checkImporter({ viewer }: Caller): void {
  if (hasRole(viewer, 'editor')) return
  throw viewer.via === 'anonymous' ? refuse.noCredential() : refuse.forbidden('Importing takes the role editor.')
}
