/** What a credential allows, each including the ones before it. `none` may see nothing at all. */
export const ROLES = ['none', 'reader', 'editor', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** What a credential can be given: one that allows nothing would be no credential. */
export const CREDENTIAL_ROLES = ['reader', 'editor', 'admin'] as const
export type CredentialRole = (typeof CREDENTIAL_ROLES)[number]

export function isCredentialRole(value: unknown): value is CredentialRole {
  return CREDENTIAL_ROLES.some((role) => role === value)
}

/** Who is asking: made from the credential, never from the input. */
export interface Viewer {
  /** How the history names them: `key:<name>`, `jwt:<subject>`, `cli:<user>`, `anonymous`, `system`. */
  readonly actor: string
  readonly role: Role
  readonly via: 'anonymous' | 'api-key' | 'jwt' | 'cli' | 'system'
  /** Id of the API key, which a revocation names. */
  readonly keyId: string | undefined
  /** When the credential ends. */
  readonly expiresAt: Date | undefined
  /**
   * The credential was good a while ago, and nobody can say whether it still is. May get what it was given before, and
   * nothing else.
   */
  readonly unconfirmed?: true
}

/** Whether a viewer may do what takes this role. */
export function hasRole(viewer: Pick<Viewer, 'role'>, needed: Role): boolean {
  return ROLES.indexOf(viewer.role) >= ROLES.indexOf(needed)
}

export function anonymousViewer(role: Role): Viewer {
  return { actor: 'anonymous', role, via: 'anonymous', keyId: undefined, expiresAt: undefined }
}

/** The credential is not good, or not any more. One message for all of them: which it was is nobody's business. */
export class UnauthenticatedError extends Error {
  override readonly name = 'UnauthenticatedError'
  constructor(
    /** What was wrong, for the log and never for the caller. */
    readonly reason = 'not known',
  ) {
    super('The credential is not valid.')
  }
}

/** Nobody can say whether the credential is good at the moment: a failure of ours, not of the caller. */
export class CredentialsUnavailableError extends Error {
  override readonly name: string = 'CredentialsUnavailableError'
}

/** Tells who is asking. */
export interface Authenticator {
  /**
   * The viewer that a token stands for; without a token the anonymous one (whose role may be `none`).
   * @param token an API key or a JWT, without `Bearer`
   * @throws UnauthenticatedError; CredentialsUnavailableError or the database's error when it cannot be checked
   */
  readonly authenticate: (token: string | undefined) => Promise<Viewer>
}
