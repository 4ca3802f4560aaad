import type { ChangeEvent } from '../changes/change-event.ts'
import { presentDocument, statedState } from '../definition/document.ts'
import type { JsonObject } from '../definition/json.ts'
import type { Status } from '../definition/vocabulary.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import {
  changeTool,
  isUnpublished,
  latestOf,
  type WriteContext,
  type WriteOptions,
  type Written,
} from './change-tool.ts'
import type { Work } from './commit.ts'
import { InvalidInputError, VersionNotPublishedError } from './errors.ts'
import { chooseLatest } from './latest.ts'
import { toolColumns } from './projection.ts'
import { writeTools } from './store.ts'
import { isServed, loadDocument, readUnderName, type StoredTool, storedVersion } from './stored-tools.ts'

/** Changes of a tool that leave the content of its versions alone. */

/**
 * Move a published version to another stage. `latest` follows: it leaves a version that is not served any more, and
 * goes to one that is served again when that is higher.
 * @throws VersionNotFoundError, VersionNotPublishedError, InvalidInputError
 */
export function setVersionStatus(
  context: WriteContext,
  change: { readonly tool: string; readonly version: string; readonly status: Status },
  options: WriteOptions,
) {
  const { status } = change
  if (status === 'draft') throw new InvalidInputError('A published version cannot become a draft again')
  return changeTool(context, change.tool, options, async ({ tx, tool, record }) => {
    const stored = storedVersion(tool, change.version)
    if (stored.status === 'draft') throw new VersionNotPublishedError(tool.name, stored.version, stored.status)
    const written = { toolId: tool.id, versionId: stored.id }
    if (stored.status === status) return written
    await tx.toolVersion.update({ where: { id: stored.id }, data: { status } })
    const versions = tool.versions.map((version) => (version === stored ? { ...version, status } : version))
    const returns = !isServed(stored) && isServed({ status })
    const { served, shown } = chooseLatest(versions, tool.latestVersionId, new Set(returns ? [stored.id] : []))
    await showVersion(tx, tool, shown, served?.id ?? null)
    const document = await loadDocument(tx, stored.id)
    const as = (state: Status) => presentDocument(document, stateOf(document, tool, state))
    record({
      kind: 'VersionStatusChanged',
      version: stored.version,
      latest: served?.version ?? null,
      before: as(stored.status),
      after: as(status),
    })
    return written
  })
}

function stateOf(document: JsonObject, { name }: StoredTool, status: Status) {
  return { name, status, enabled: statedState(document).enabled ?? true }
}

/**
 * Serve another version by default. A change like any other: rolling back to the version that was latest before undoes it.
 * @throws VersionNotFoundError, VersionNotPublishedError for a draft or a disabled version
 */
export function rollbackTool(
  context: WriteContext,
  rollback: { readonly tool: string; readonly toVersion: string },
  options: WriteOptions,
) {
  return changeTool(context, rollback.tool, options, async ({ tx, tool, record }) => {
    const target = storedVersion(tool, rollback.toVersion)
    if (!isServed(target)) throw new VersionNotPublishedError(tool.name, target.version, target.status)
    if (target.id !== tool.latestVersionId) {
      await showVersion(tx, tool, target, target.id)
      record({
        kind: 'LatestMoved',
        version: target.version,
        latest: target.version,
        before: { latest: latestOf(tool) },
        after: { latest: target.version },
      })
    }
    return { toolId: tool.id, versionId: target.id }
  })
}

/** Whether the tool is served at all. A disabled tool can still be read by those who ask for it. */
export function setToolEnabled(
  context: WriteContext,
  { tool: name, enabled }: { readonly tool: string; readonly enabled: boolean },
  options: WriteOptions,
) {
  return changeTool(context, name, options, async ({ tx, tool, record }) => {
    if (tool.enabled !== enabled) {
      await tx.tool.update({ where: { id: tool.id }, data: { enabled } })
      const kind = enabled ? 'ToolEnabled' : 'ToolDisabled'
      record({ kind, version: null, latest: latestOf(tool), before: { enabled: tool.enabled }, after: { enabled } })
    }
    return wholeTool(tool)
  })
}

/** Take the tool out of the catalog. It keeps its versions and its history, gives up its name, and can be restored. */
export function deleteTool(context: WriteContext, { tool: name }: { readonly tool: string }, options: WriteOptions) {
  return changeTool(context, name, options, async ({ tx, tool, recordAll }) => {
    await tx.tool.update({ where: { id: tool.id }, data: { deletedAt: new Date() } })
    recordAll([deletionEvent(tool)])
    return wholeTool(tool)
  })
}

/** The same for several tools at once, whose rows are locked. */
export async function deleteTools({ tx, record }: Work, tools: readonly StoredTool[]): Promise<void> {
  if (tools.length === 0) return
  await tx.tool.updateMany({ where: { id: { in: tools.map(({ id }) => id) } }, data: { deletedAt: new Date() } })
  for (const tool of tools) record(deletionEvent(tool))
}

function deletionEvent(tool: StoredTool): ChangeEvent {
  return {
    kind: 'ToolDeleted',
    toolId: tool.id,
    toolName: tool.name,
    version: null,
    latest: latestOf(tool),
    draft: isUnpublished(tool),
    before: { name: tool.name, deleted: false },
    after: { name: tool.name, deleted: true },
  }
}

/** What the tool shows in lists, and what it serves. */
export async function showVersion(
  tx: Prisma.TransactionClient,
  tool: Pick<StoredTool, 'id' | 'name' | 'enabled'>,
  shown: { readonly id: string; readonly status: Status },
  latestVersionId: string | null,
): Promise<void> {
  const { id, name, enabled } = tool
  const columns = toolColumns(readUnderName(await loadDocument(tx, shown.id), name), shown.status)
  await writeTools(tx, [{ id, name, enabled, latest_version_id: latestVersionId, ...columns }])
}

export function wholeTool({ id, latestVersionId }: StoredTool): Written {
  return { toolId: id, versionId: latestVersionId }
}
