import { type Command, Option } from 'commander'
import type { ApplyRequest } from './catalog-plan.ts'
import { databaseTarget, serverTarget, type Target } from './plan-target.ts'
import { addServerOption } from './server-address.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'

/** Options of `plan` and `apply`. */
export interface ApplyOptions extends SessionOptions {
  readonly source?: string
  readonly prune?: boolean
  readonly onConflict?: ApplyRequest['onConflict']
  readonly overrideCompatibility?: boolean
  readonly database?: boolean
}

export function addApplyOptions(command: Command): Command {
  return addServerOption(
    command
      .argument('<folder>', 'folder of definitions: every file of the source')
      .option('--source <name>', 'whose files these are, when several folders make up a catalog (default: default)')
      .option('--prune', 'delete the tools that the source has brought and no file holds any more')
      .addOption(
        new Option(
          '--on-conflict <strategy>',
          'a file that was changed and kept its version (default: new-version)',
        ).choices(['new-version', 'overwrite', 'fail', 'skip']),
      )
      .option(
        '--override-compatibility',
        'publish even what breaks those who use the tools (admins; the history says so)',
      )
      .option('--database', 'straight on the database that DATABASE_URL or DATA_DIR names, instead of a server'),
  )
}

export function requestOf({ source, prune, onConflict, overrideCompatibility }: ApplyOptions): ApplyRequest {
  return {
    source: source ?? 'default',
    prune: prune ?? false,
    onConflict: onConflict ?? 'new-version',
    overrideCompatibility: overrideCompatibility ?? false,
  }
}

/** Where to plan and apply, and what to call it. */
export function openTarget(options: ApplyOptions): { session: Session; target: Target; name: string } {
  const session = openSession(options)
  return options.database
    ? { session, target: databaseTarget(session), name: 'database' }
    : { session, target: serverTarget(session), name: session.address.url }
}
