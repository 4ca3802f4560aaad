import { hasRole } from '../auth/viewer.ts'
import { canonicalJson } from '../definition/canonical.ts'
import { COMPATIBILITIES, type Compatibility } from '../definition/compatibility.ts'
import { unwrap } from '../definition/definition.ts'
import { presentDocument, statedState, withVersion } from '../definition/document.ts'
import { isObject, type JsonObject } from '../definition/json.ts'
import { hasErrors } from '../definition/problem.ts'
import { TOOL_NAME } from '../definition/schema-fields.ts'
import { validateDocument } from '../definition/validate.ts'
import { nextVersion } from '../definition/version-order.ts'
import {
  changeTool,
  latestOf,
  type ToolWork,
  type WriteContext,
  type WriteOptions,
  type Written,
} from './change-tool.ts'
import { ForbiddenError, InvalidInputError } from './errors.ts'
import { chooseLatest } from './latest.ts'
import { wordsIn } from './projection.ts'
import { guardCompatibility, writeOne } from './publish-version.ts'
import { addSearchWords } from './store.ts'
import { claimName, latestVersion, loadDocument, type StoredTool } from './stored-tools.ts'
import { showVersion, wholeTool } from './tool-state.ts'

/** What can be said anew of a tool. What is left out stays. */
export interface ToolChanges {
  readonly tool: string
  readonly name?: string | undefined
  /** Null for what holds in general. */
  readonly compatibility?: Compatibility | null | undefined
  /**
   * Fields of the definition. Published versions are immutable, so that these make the next version: the latest one
   * with these fields.
   */
  readonly fields: Readonly<Partial<Record<'description' | 'platform' | 'category', string>>> & {
    readonly tags?: readonly string[] | undefined
  }
}

/**
 * Rename a tool, set what its versions may not break, or say something else of it.
 * @throws NameTakenError, InvalidInputError, CompatibilityError; ForbiddenError for an editor who asks for less
 * compatibility
 */
export function updateTool(context: WriteContext, changes: ToolChanges, options: WriteOptions) {
  return changeTool(context, changes.tool, options, async (work) => {
    const { compatibility = work.tool.compatibility } = changes
    await setCompatibility(context, work, compatibility)
    const tool = { ...(await renameTool(work, changes.name ?? work.tool.name)), compatibility }
    return restateFields(context, { ...work, tool }, changes.fields)
  })
}

/** Asking for less is overriding what would be refused: it takes the same role. */
async function setCompatibility(
  context: WriteContext,
  { tx, tool, record }: ToolWork,
  compatibility: Compatibility | null,
): Promise<void> {
  if (compatibility === tool.compatibility) return
  const strength = (asked: Compatibility | null) => COMPATIBILITIES.indexOf(asked ?? context.compatibility)
  if (strength(compatibility) < strength(tool.compatibility) && !hasRole(context.viewer, 'admin'))
    throw new ForbiddenError('Asking for less compatibility takes the role admin')
  await tx.tool.update({ where: { id: tool.id }, data: { compatibility } })
  const before = { compatibility: tool.compatibility }
  record({ kind: 'ToolUpdated', version: null, latest: latestOf(tool), before, after: { compatibility } })
}

/** Versions, history and id stay: only the name is another. */
export async function renameTool(
  { tx, tool, record }: Pick<ToolWork, 'tx' | 'tool' | 'record'>,
  name: string,
): Promise<StoredTool> {
  if (name === tool.name) return tool
  if (!TOOL_NAME.test(name))
    throw new InvalidInputError('A name has letters, digits and . _ + - (at most 128, a letter or digit first)')
  await claimName(tx, name, tool.id)
  const renamed = { ...tool, name }
  const { shown } = chooseLatest(tool.versions, tool.latestVersionId, new Set())
  await showVersion(tx, renamed, shown, tool.latestVersionId)
  if (shown.status !== 'draft') await addSearchWords(tx, wordsIn(name))
  const latest = latestOf(tool)
  record({ kind: 'ToolRenamed', version: null, latest, before: { name: tool.name }, after: { name } })
  return renamed
}

async function restateFields(context: WriteContext, work: ToolWork, fields: ToolChanges['fields']): Promise<Written> {
  const { tx, tool } = work
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  if (Object.keys(given).length === 0) return wholeTool(tool)
  const latest = latestVersion(tool)
  if (!latest) throw new InvalidInputError(`${tool.name} serves no version that could be said anew; update its draft`)
  const written = await loadDocument(tx, latest.id)
  const { enabled = true } = statedState(written)
  const before = presentDocument(written, { name: tool.name, enabled, status: latest.status })
  const after = withFields(before, given as JsonObject)
  if (canonicalJson(after) === canonicalJson(before)) return wholeTool(tool)
  const document = withVersion(after, nextVersion(latest.version, new Set(tool.versions.map(({ version }) => version))))
  const { problems } = validateDocument(document)
  if (hasErrors(problems)) throw new InvalidInputError('The definition would not be valid', problems)
  await guardCompatibility(context, work, document, false)
  return writeOne(work, document, undefined, true)
}

/** The document with these fields of its head. Tags stand under `metadata`, unless the author had them at the top. */
function withFields(document: JsonObject, { tags, ...head }: JsonObject): JsonObject {
  const { fields, path } = unwrap(document)
  const metadata = isObject(fields.metadata) ? fields.metadata : {}
  const tagged = tags === undefined ? {} : fields.tags === undefined ? { metadata: { ...metadata, tags } } : { tags }
  const changed = { ...fields, ...head, ...tagged }
  return path.length > 0 ? { ...document, tool: changed } : changed
}
