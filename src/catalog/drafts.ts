import { digest } from '../definition/canonical.ts'
import { presentDocument, statedState, withVersion } from '../definition/document.ts'
import { PartExistsError, PartNotFoundError } from '../definition/edit.ts'
import type { JsonObject } from '../definition/json.ts'
import { hasErrors } from '../definition/problem.ts'
import { validateDocument } from '../definition/validate.ts'
import { changeTool, type ToolWork, type WriteContext, type WriteOptions, type Written } from './change-tool.ts'
import { CapabilityNotFoundError, InvalidInputError, NameTakenError, PatternNotFoundError } from './errors.ts'
import { ownIdentity, writeOne } from './publish-version.ts'
import { checkEditable, loadDocument, storedVersion } from './stored-tools.ts'

export interface DraftContent {
  readonly tool: string
  /** The whole definition, valid. */
  readonly document?: JsonObject | undefined
  /** Or a version to copy, and the name of the copy. */
  readonly copyOf?: string | undefined
  readonly version?: string | undefined
}

/**
 * Make a draft, or replace the whole content of one.
 * @throws VersionNotFoundError for a version to copy that is not there, VersionPublishedError
 */
export function updateDraft(context: WriteContext, content: DraftContent, options: WriteOptions) {
  return changeTool(context, content.tool, options, async (work) => {
    const given = await givenDraft(work, content)
    const { version } = ownIdentity(work.tool.name, given)
    const same = work.tool.versions.find((stored) => stored.version === version)
    if (same) checkEditable(work.tool, same)
    const document = asDraft(given, work.tool.name)
    if (same?.digest === digest(document)) return { toolId: work.tool.id, versionId: same.id }
    return writeOne(work, document, same, false)
  })
}

async function givenDraft({ tx, tool }: ToolWork, { document, copyOf, version }: DraftContent): Promise<JsonObject> {
  if (document) return document
  if (copyOf === undefined || version === undefined)
    throw new InvalidInputError('Give a definition, or copyOf and the version of the copy')
  const copy = await loadDocument(tx, storedVersion(tool, copyOf).id)
  return checked(withVersion(asDraft(copy, tool.name), version))
}

/** A draft says that it is one, and has the name that its tool has now. */
function asDraft(document: JsonObject, name: string): JsonObject {
  return presentDocument(document, { name, status: 'draft', enabled: statedState(document).enabled ?? true })
}

/**
 * Change a part of a draft. The rest stays as it was written, in its order.
 * @param edit gives the changed document
 * @throws VersionNotFoundError, VersionPublishedError, CapabilityNotFoundError, PatternNotFoundError, NameTakenError,
 * InvalidInputError with every problem of the result
 */
export function editDraft(
  context: WriteContext,
  { tool: name, version }: { readonly tool: string; readonly version: string },
  edit: (document: JsonObject) => JsonObject,
  options: WriteOptions,
) {
  return changeTool(context, name, options, async (work): Promise<Written> => {
    const { tool, tx } = work
    const draft = storedVersion(tool, version)
    checkEditable(tool, draft)
    const before = await loadDocument(tx, draft.id)
    const document = checked(inCatalogsWords(() => edit(before), tool.name, version))
    if (digest(document) === draft.digest) return { toolId: tool.id, versionId: draft.id }
    return writeOne(work, document, draft, false)
  })
}

function inCatalogsWords<T>(edit: () => T, tool: string, version: string): T {
  try {
    return edit()
  } catch (error) {
    if (error instanceof PartExistsError) throw new NameTakenError(error.kind, error.partName)
    if (!(error instanceof PartNotFoundError)) throw error
    if (error.kind === 'capability') throw new CapabilityNotFoundError(tool, version, error.partName)
    throw new PatternNotFoundError(tool, version, error.partName)
  }
}

function checked(document: JsonObject): JsonObject {
  const { problems } = validateDocument(document)
  if (hasErrors(problems)) throw new InvalidInputError('The definition would not be valid', problems)
  return document
}
