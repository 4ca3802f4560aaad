import type { ClassifiedDifference } from '../definition/classify.ts'
import type { Compatibility } from '../definition/compatibility.ts'
import type { Problem } from '../definition/problem.ts'
import type { Status } from '../definition/vocabulary.ts'

/** What a write may end with, in the caller's words. Each is a member of the result unions of the mutations it can end. */

/** What a caller got wrong. Reads answer `BAD_USER_INPUT` with the message; the message is written for the caller. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError'
  constructor(
    message: string,
    /** Every problem of the definitions that were given, when it is they that are wrong. */
    readonly problems: readonly LabelledProblem[] = [],
  ) {
    super(message)
  }
}

export interface LabelledProblem extends Problem {
  /** What the definition is called, where several were given. */
  readonly label?: string
}

export class ToolNotFoundError extends Error {
  override readonly name = 'ToolNotFoundError'
  constructor(readonly tool: string) {
    super(`There is no tool ${quoted(tool)}`)
  }
}

export class VersionNotFoundError extends Error {
  override readonly name = 'VersionNotFoundError'
  constructor(
    readonly tool: string,
    readonly version: string,
  ) {
    super(`${tool} has no version ${quoted(version)}`)
  }
}

export class CapabilityNotFoundError extends Error {
  override readonly name = 'CapabilityNotFoundError'
  constructor(
    readonly tool: string,
    readonly version: string,
    readonly capability: string,
  ) {
    super(`${tool} ${version} has no capability ${quoted(capability)}`)
  }
}

export class PatternNotFoundError extends Error {
  override readonly name = 'PatternNotFoundError'
  constructor(
    readonly tool: string,
    readonly version: string,
    readonly pattern: string,
  ) {
    super(`${tool} ${version} has no pattern ${quoted(pattern)} there`)
  }
}

export class NameTakenError extends Error {
  override readonly name = 'NameTakenError'
  constructor(
    /** What has the name: `tool`, `capability` or `pattern`. */
    readonly kind: string,
    readonly takenName: string,
  ) {
    super(`There is a ${kind} ${quoted(takenName)} already`)
  }
}

/** What was to be made is there already, and published: it cannot be edited. */
export class VersionPublishedError extends Error {
  override readonly name = 'VersionPublishedError'
  constructor(
    readonly tool: string,
    readonly version: string,
    readonly status: Status,
  ) {
    super(`${tool} ${version} is published (${status}), and published versions are never edited: make a new version`)
  }
}

/** Only a published version can do this. */
export class VersionNotPublishedError extends Error {
  override readonly name = 'VersionNotPublishedError'
  constructor(
    readonly tool: string,
    readonly version: string,
    readonly status: Status,
  ) {
    super(
      status === 'draft'
        ? `${tool} ${version} is a draft: publish it first`
        : `${tool} ${version} is ${status}: it cannot be served`,
    )
  }
}

/** Somebody else was faster. */
export class RevisionConflictError extends Error {
  override readonly name = 'RevisionConflictError'
  constructor(
    readonly expectedRevision: string,
    readonly currentRevision: string,
    what: string,
  ) {
    super(
      `You have seen revision ${expectedRevision} of ${what}, and it is at ${currentRevision} by now: read it again`,
    )
  }
}

export class CompatibilityError extends Error {
  override readonly name = 'CompatibilityError'
  readonly compatibility: Compatibility
  /** The version that callers use now. */
  readonly against: string
  readonly differences: readonly ClassifiedDifference[]

  constructor({
    compatibility,
    against,
    differences,
  }: Pick<CompatibilityError, 'compatibility' | 'against' | 'differences'>) {
    const reasons = differences.slice(0, 3).map(({ reason }) => reason)
    super(`Breaks those who use version ${against}: ${reasons.join('; ')}${differences.length > 3 ? '; …' : ''}`)
    this.compatibility = compatibility
    this.against = against
    this.differences = differences
  }
}

/** The viewer's role does not reach. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError'
}

/** Names come from callers: cut, so that a message stays readable. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name)
}
