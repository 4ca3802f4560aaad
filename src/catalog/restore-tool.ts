import { isUuid } from '../db/uuid.ts'
import { type WriteContext, type WriteOptions, write } from './change-tool.ts'
import { InvalidInputError, RevisionConflictError, ToolNotFoundError } from './errors.ts'
import { claimName } from './stored-tools.ts'

/**
 * Bring a deleted tool back, with everything it had.
 * @param tool its name, when only one deleted tool had it, or its id
 * @throws ToolNotFoundError, NameTakenError when another tool has the name by now, RevisionConflictError,
 * InvalidInputError when several deleted tools had this name
 */
export function restoreTool(context: WriteContext, { tool: wanted }: { readonly tool: string }, options: WriteOptions) {
  return write(context, options, async ({ tx, record }) => {
    const byId = isUuid(wanted)
    const deleted = await tx.tool.findMany({
      where: { ...(byId ? { id: wanted } : { nameKey: wanted.toLowerCase() }), deletedAt: { not: null } },
      select: {
        id: true,
        name: true,
        status: true,
        revision: true,
        latestVersionId: true,
        latestVersion: { select: { version: true } },
      },
    })
    const [tool, another] = deleted
    if (!tool) throw new ToolNotFoundError(wanted)
    if (another)
      throw new InvalidInputError(`${deleted.length} deleted tools had the name ${tool.name}: give the id of one`)
    if (options.expectedRevision !== undefined && options.expectedRevision !== String(tool.revision))
      throw new RevisionConflictError(options.expectedRevision, String(tool.revision), tool.name)
    // Who restores it at the same moment is waited for: else its name would be found taken, by itself.
    const locked = await tx.$queryRaw<object[]>`
      SELECT id FROM tools WHERE id = ${tool.id}::uuid AND deleted_at IS NOT NULL FOR UPDATE`
    if (locked.length === 0) throw new ToolNotFoundError(wanted)
    await claimName(tx, tool.name)
    await tx.tool.update({ where: { id: tool.id }, data: { deletedAt: null } })
    record({
      kind: 'ToolRestored',
      toolId: tool.id,
      toolName: tool.name,
      version: null,
      latest: tool.latestVersion?.version ?? null,
      draft: tool.status === 'draft',
      before: { name: tool.name, deleted: true },
      after: { name: tool.name, deleted: false },
    })
    return { toolId: tool.id, versionId: tool.latestVersionId }
  })
}
