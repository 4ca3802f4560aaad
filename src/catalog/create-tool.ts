import type { Compatibility } from '../definition/compatibility.ts'
import { readIdentity } from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import { type WriteContext, type WriteOptions, write, writer } from './change-tool.ts'
import { claimName } from './stored-tools.ts'
import { planVersion, writeVersions } from './write-versions.ts'

export interface NewTool {
  /** A valid definition: the first version. */
  readonly document: JsonObject
  /** What later versions may not break; null for what holds in general. */
  readonly compatibility?: Compatibility | null | undefined
}

/**
 * A tool with its first version: both or neither.
 * @throws NameTakenError
 */
export function createTool(context: WriteContext, { document, compatibility }: NewTool, options: WriteOptions) {
  return write(context, options, async ({ tx, record }) => {
    const { name } = readIdentity(document)
    await claimName(tx, name)
    const by = writer(context)
    const planned = planVersion(document, { id: by.newId(), name, stored: undefined }, by)
    const events = await writeVersions(tx, [planned], by)
    if (compatibility) await tx.tool.update({ where: { id: planned.tool.id }, data: { compatibility } })
    events.forEach(record)
    return { toolId: planned.tool.id, versionId: planned.row.id }
  })
}
