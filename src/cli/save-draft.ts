import { readIdentity } from '../definition/definition.ts'
import { presentDocument, statedState } from '../definition/document.ts'
import type { JsonObject } from '../definition/json.ts'
import type { Problem } from '../definition/problem.ts'
import { AuthoringError } from './authoring-error.ts'
import { refusalText } from './mutate.ts'
import type { Session } from './session.ts'
import { hasTool } from './tool-name.ts'

/** What the mutations answer. */
interface Answer {
  readonly code?: string
  readonly message?: string
  readonly revision?: string
  readonly problems?: readonly (Omit<Problem, 'severity'> & { readonly severity: 'ERROR' | 'WARNING' })[]
}

const RESULT = `__typename
  ... on MutationSuccess { revision }
  ... on InvalidInputError { problems { line column severity code message path } }
  ... on Error { code message }`
const CREATE = `mutation CreateDraft($input: CreateToolInput!) { answer: createTool(input: $input) { ${RESULT} } }`
const UPDATE = `mutation SaveDraft($input: UpdateDraftInput!) { answer: updateDraft(input: $input) { ${RESULT} } }`

const PUBLISH = `mutation PublishEdit($input: PublishVersionInput!) { answer: publishVersion(input: $input) { ${RESULT} } }`

/**
 * Save a valid document as a draft: of a new tool, or of the one that has its name.
 * @returns the revision
 * @throws ServerError; AuthoringError when the server refuses it
 */
export async function saveDraft(session: Session, document: JsonObject): Promise<string> {
  const { name } = readIdentity(document)
  const enabled = statedState(document).enabled ?? true
  const definition = { text: JSON.stringify(presentDocument(document, { name, status: 'draft', enabled })) }
  const isThere = await hasTool(session, name)
  const input = isThere ? { tool: name, definition } : { definition }
  return refusedOrRevision(await send(session, isThere ? UPDATE : CREATE, input))
}

/** A change of a tool that was seen at a revision; somebody else's change since then is not written over. */
export interface ToolChange {
  readonly tool: string
  readonly expectedRevision: string
  readonly document: JsonObject
  readonly message: string | undefined
}

/**
 * Save what was edited: as a draft, or published at once.
 * @returns the revision
 * @throws ServerError; AuthoringError when the server refuses it
 */
export async function saveEdit(session: Session, how: 'draft' | 'publish', change: ToolChange): Promise<string> {
  const { tool, expectedRevision, document, message } = change
  const definition = { text: JSON.stringify(document) }
  const input = { tool, expectedRevision, definition, ...(message === undefined ? {} : { message }) }
  return refusedOrRevision(await send(session, how === 'draft' ? UPDATE : PUBLISH, input))
}

async function send(session: Session, mutation: string, input: object): Promise<Answer> {
  return (await session.ask<{ answer: Answer }>(mutation, { input })).answer
}

function refusedOrRevision({ revision, message = '', problems = [] }: Answer): string {
  if (revision !== undefined) return revision
  throw new AuthoringError(refusalText({ message, problems }))
}
