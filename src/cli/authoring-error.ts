import { EXIT } from './exit-code.ts'

/** What keeps `new` or `edit` from going on, in words for whoever sits before the terminal. */
export class AuthoringError extends Error {
  override readonly name = 'AuthoringError'
  constructor(
    message: string,
    readonly exitCode: number = EXIT.failure,
  ) {
    super(message)
  }
}
