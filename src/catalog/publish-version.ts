import { hasRole } from '../auth/viewer.ts'
import { digest } from '../definition/canonical.ts'
import { readIdentity } from '../definition/definition.ts'
import { presentDocument, statedState } from '../definition/document.ts'
import type { JsonObject } from '../definition/json.ts'
import type { Status } from '../definition/vocabulary.ts'
import {
  changeTool,
  latestOf,
  type ToolWork,
  type WriteContext,
  type WriteOptions,
  type Written,
} from './change-tool.ts'
import { findBreakages, toldBreakage } from './compatibility-gate.ts'
import { CompatibilityError, ForbiddenError, InvalidInputError, VersionNotPublishedError } from './errors.ts'
import { checkEditable, loadDocument, queryIn, type StoredVersion, storedVersion } from './stored-tools.ts'
import { planVersion, writeVersions } from './write-versions.ts'

export interface Publication {
  readonly tool: string
  /** The draft to publish, when no document is given. */
  readonly version?: string | undefined
  /** A valid definition to publish at once. */
  readonly document?: JsonObject | undefined
  readonly status: Extract<Status, 'testing' | 'active'>
  readonly moveLatest: boolean
  readonly overrideCompatibility: boolean
}

/**
 * Publish a draft, or a definition at once. From here on the version is immutable.
 * @throws VersionNotFoundError for a draft that is not there, VersionPublishedError, CompatibilityError
 */
export function publishVersion(context: WriteContext, publication: Publication, options: WriteOptions) {
  const { tool: name, status, moveLatest } = publication
  mayOverride(context, publication)
  return changeTool(context, name, options, async (work) => {
    const { document: given, draft } = await toPublish(work, publication)
    const document = presentDocument(given, {
      name: work.tool.name,
      status,
      enabled: statedState(given).enabled ?? true,
    })
    await guardCompatibility(context, work, document, publication.overrideCompatibility)
    return writeOne(work, document, draft, moveLatest)
  })
}

async function toPublish({ tx, tool }: ToolWork, { document, version }: Publication) {
  if (document) {
    const identity = ownIdentity(tool.name, document)
    const same = tool.versions.find((stored) => stored.version === identity.version)
    if (same) checkEditable(tool, same)
    return { document, draft: same }
  }
  if (version === undefined) throw new InvalidInputError('Give the version of a draft, or a definition')
  const draft = storedVersion(tool, version)
  checkEditable(tool, draft)
  return { document: await loadDocument(tx, draft.id), draft }
}

/**
 * Replace the content of a published version in place: against the rule, and recorded as such.
 * @throws VersionNotFoundError, VersionNotPublishedError, CompatibilityError
 */
export function overwriteVersion(
  context: WriteContext,
  overwrite: Pick<Publication, 'tool' | 'overrideCompatibility'> & { readonly document: JsonObject },
  options: WriteOptions,
) {
  if (!hasRole(context.viewer, 'admin'))
    throw new ForbiddenError('Overwriting a published version takes the role admin')
  return changeTool(context, overwrite.tool, options, async (work) => {
    const { document } = overwrite
    const stored = storedVersion(work.tool, ownIdentity(work.tool.name, document).version)
    if (stored.status === 'draft') throw new VersionNotPublishedError(work.tool.name, stored.version, stored.status)
    if (statedState(document).status === 'draft')
      throw new InvalidInputError('A published version cannot become a draft again')
    if (digest(document) === stored.digest) return { toolId: work.tool.id, versionId: stored.id }
    await guardCompatibility(context, work, document, overwrite.overrideCompatibility)
    return writeOne(work, document, stored, true)
  })
}

/** The definition's version, once it is clear that it is a definition of this tool. */
export function ownIdentity(tool: string, document: JsonObject) {
  const identity = readIdentity(document)
  if (identity.name.toLowerCase() !== tool.toLowerCase())
    throw new InvalidInputError(`The definition is one of ${identity.name}, not of ${tool}; updateTool renames`)
  return identity
}

/** Write one version of the tool, new or in the place of another. */
export async function writeOne(
  { tx, tool, by, recordAll }: ToolWork,
  document: JsonObject,
  replaces: StoredVersion | undefined,
  moveLatest: boolean,
): Promise<Written> {
  const planned = planVersion(document, { id: tool.id, name: tool.name, stored: tool }, by, replaces)
  recordAll(await writeVersions(tx, [planned], { ...by, moveLatest }))
  return { toolId: tool.id, versionId: planned.row.id }
}

export function mayOverride(
  { viewer }: WriteContext,
  { overrideCompatibility }: { overrideCompatibility: boolean },
): void {
  if (overrideCompatibility && !hasRole(viewer, 'admin'))
    throw new ForbiddenError('Overriding the compatibility check takes the role admin')
}

/** @throws CompatibilityError, unless that is overridden; then the history says what was broken */
export async function guardCompatibility(
  context: WriteContext,
  { tx, tool, record }: ToolWork,
  document: JsonObject,
  override: boolean,
): Promise<void> {
  const { version } = readIdentity(document)
  const [breakage] = await findBreakages(queryIn(tx), [{ tool, version, document }], context.compatibility)
  if (!breakage) return
  if (!override) throw new CompatibilityError(breakage)
  const kind = 'CompatibilityOverridden'
  record({ kind, version, latest: latestOf(tool), before: null, after: toldBreakage(breakage) })
}
