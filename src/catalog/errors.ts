/** What a caller got wrong. The API answers `BAD_USER_INPUT` with the message; the message is written for the caller. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError'
}
