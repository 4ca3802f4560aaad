import { ApiKeyNameTakenError, ApiKeyNotFoundError } from '../auth/api-keys.ts'
import { BackupError } from '../backup/backup-error.ts'
import { ApplyRejectedError, PlanOutdatedError } from '../catalog/apply-definitions.ts'
import { InvalidInputError, RevisionConflictError } from '../catalog/errors.ts'
import { ImportConflictError } from '../catalog/import.ts'
import { ConfigError } from '../config.ts'
import { DatabaseUnreachableError } from '../db/connect.ts'
import { DataDirInUseError } from '../db/data-lock.ts'
import { MigrationError } from '../db/migrations.ts'
import { InterruptedError } from './interruptible.ts'
import { CancelledError, UsageError } from './prompt.ts'
import { ServerError } from './server-error.ts'

/** Exit codes of the server and the CLI; the names are those of sysexits.h where it has one. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  noInput: 66,
  unavailable: 69,
  software: 70,
  temporary: 75,
  noPermission: 77,
  config: 78,
  /** Ctrl-C, as shells say it: 128 and the number of SIGINT. */
  interrupted: 130,
} as const

/** What they mean for whoever runs the command, in the order of their numbers. */
export const EXIT_MEANINGS: readonly (readonly [number, string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.failure, 'failed'],
  [EXIT.usage, 'wrong usage'],
  [EXIT.noInput, 'no such file'],
  [EXIT.unavailable, 'no database or server'],
  [EXIT.temporary, 'data directory in use'],
  [EXIT.noPermission, 'credential not accepted'],
  [EXIT.config, 'wrong configuration'],
  [EXIT.interrupted, 'stopped by Ctrl-C'],
]

export function exitCodesText(): string {
  return EXIT_MEANINGS.map(([code, meaning]) => `${code} ${meaning}`).join(', ')
}

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT.config
  if (error instanceof UsageError) return EXIT.usage
  if (error instanceof InterruptedError) return error.exitCode
  if (error instanceof CancelledError && error.isInterrupt) return EXIT.interrupted
  if (error instanceof DataDirInUseError) return EXIT.temporary
  if (error instanceof DatabaseUnreachableError) return EXIT.unavailable
  if (error instanceof ServerError && error.kind === 'unreachable') return EXIT.unavailable
  if (error instanceof ServerError && error.kind === 'credential') return EXIT.noPermission
  return codeOf(error) === 'ENOENT' ? EXIT.noInput : EXIT.failure
}

/** Errors whose message is written for a person. */
const OURS = [
  ConfigError,
  DataDirInUseError,
  DatabaseUnreachableError,
  MigrationError,
  BackupError,
  ImportConflictError,
  InvalidInputError,
  RevisionConflictError,
  ApplyRejectedError,
  PlanOutdatedError,
  ApiKeyNameTakenError,
  ApiKeyNotFoundError,
  ServerError,
  UsageError,
  CancelledError,
  InterruptedError,
]

/** What the system says of files, and what to do about it. */
const TROUBLE: Readonly<Record<string, string>> = {
  EACCES: 'not permitted. Look at the permissions of the file and of its folder, or choose another place.',
  EPERM: 'not permitted. Look at the permissions of the file and of its folder, or choose another place.',
  EROFS: 'the file system is read-only. Choose another place.',
  EISDIR: 'is a folder. Name a file.',
  ENOTDIR: 'a part of this path is no folder.',
  ENOSPC: 'the disk is full. Make room, and try again.',
}

/** One message for a person: errors of ours in their own words, the usual system errors explained, the rest with a stack. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { port, path } = error as NodeJS.ErrnoException & { port?: number }
  if (error instanceof DatabaseUnreachableError)
    return `${error.message}. Look whether PostgreSQL runs there, and whether DATABASE_URL names it; tool-catalog doctor looks further.`
  if (codeOf(error) === 'EADDRINUSE') return `Port ${port} is taken. Stop the process that listens there, or set PORT.`
  if (codeOf(error) === 'ENOENT' && path) return `${path} is not there.`
  if (error instanceof ServerError && error.advice !== undefined) return `${error.message}. ${error.advice}`
  if (error instanceof ApiKeyNotFoundError) return `${error.message}. tool-catalog keys list shows every key.`
  const trouble = TROUBLE[String(codeOf(error))]
  if (trouble !== undefined) return `${path ?? 'The file'}: ${trouble}`
  return OURS.some((kind) => error instanceof kind) ? error.message : (error.stack ?? error.message)
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code
}
