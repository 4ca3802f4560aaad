import { randomUUID } from 'node:crypto'
import type { Viewer } from '../auth/viewer.ts'
import type { ChangeEvent, ChangeOrigin } from '../changes/change-event.ts'
import type { Database } from '../db/database.ts'
import type { Compatibility } from '../definition/compatibility.ts'
import type { Json } from '../definition/json.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { type Committed, commit, type Work } from './commit.ts'
import type { Once } from './receipts.ts'
import { latestVersion, lockTool, type StoredTool } from './stored-tools.ts'

export type { Committed }

/** On whose behalf, and where. */
export interface WriteContext {
  readonly database: Database
  readonly viewer: Pick<Viewer, 'actor' | 'role'>
  readonly requestId: string
  /** What a publish may not break, for tools that do not say so themselves. */
  readonly compatibility: Compatibility
  readonly newId?: () => string
}

/** What every write takes. */
export interface WriteOptions {
  /** Why, for the history. */
  readonly message?: string | undefined
  /** The tool's revision that the caller has seen: nothing is written when it is another one by now. */
  readonly expectedRevision?: string | undefined
  readonly dryRun?: boolean | undefined
  readonly once?: Once | undefined
}

/** What a write was about. A type alias, not an interface, because it is kept as JSON. */
export type Written = { readonly toolId: string; readonly versionId: string | null }

/** A write on one tool, with its row taken. */
export interface ToolWork {
  readonly tx: Prisma.TransactionClient
  readonly tool: StoredTool
  readonly by: { readonly actor: string; readonly newId: () => string }
  /** A change of the tool, or of the state of a version. A tool that was never published is known to editors only. */
  readonly record: (event: Omit<ChangeEvent, 'toolId' | 'toolName' | 'draft'>) => void
  readonly recordAll: (events: readonly ChangeEvent[]) => void
}

/**
 * One write on the tool of this name.
 * @throws ToolNotFoundError, RevisionConflictError, and whatever `work` throws
 */
export function changeTool(
  context: WriteContext,
  name: string,
  options: WriteOptions,
  work: (work: ToolWork) => Promise<Written>,
): Promise<Committed<Written>> {
  return write(context, options, async ({ tx, record }) => {
    const tool = await lockTool(tx, name, options.expectedRevision)
    return work({
      tx,
      tool,
      by: writer(context),
      record: (event) => record({ ...event, toolId: tool.id, toolName: tool.name, draft: isUnpublished(tool) }),
      recordAll: (events) => events.forEach(record),
    })
  })
}

/** One write of the API. */
export function write<T extends Json>(
  context: WriteContext,
  options: WriteOptions,
  work: (work: Work) => Promise<T>,
): Promise<Committed<T>> {
  const { dryRun, once } = options
  return commit(context.database, originOf(context, options), work, { dryRun, once: dryRun ? undefined : once })
}

export function originOf({ viewer, requestId }: WriteContext, { message }: WriteOptions): ChangeOrigin {
  return { actor: viewer.actor, source: 'api', message, requestId }
}

export function writer({ viewer, newId = randomUUID }: WriteContext) {
  return { actor: viewer.actor, newId }
}

/** Whether a tool is nothing but drafts. */
export function isUnpublished({ versions }: StoredTool): boolean {
  return versions.every(({ status }) => status === 'draft')
}

/** Name of the version that a tool serves by default. */
export function latestOf(tool: StoredTool): string | null {
  return latestVersion(tool)?.version ?? null
}
