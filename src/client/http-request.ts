import type { JsonObject } from '../definition/json.ts'
import { firstError, objectOf, parseObject, textOf } from './answer.ts'
import { asProfileError, ProfileError } from './client-error.ts'
import { isRevision } from './revision.ts'
import { credential, type ServerOptions } from './server-options.ts'

export interface GraphqlRequest {
  readonly query: string
  readonly variables?: JsonObject
  /** The answer must be of this revision or a later one; the server waits for it a moment. */
  readonly minRevision: string
}

export interface Answer {
  readonly data: JsonObject
  /** The revision that all of the data is of. */
  readonly revision: string
}

/** Longest time for one answer, in milliseconds: a page of a hundred large definitions takes a while. */
const REQUEST_MS = 10_000
/** Most bytes of one answer: 100 definitions as large as the catalog takes them. */
const ANSWER_BYTES = 128 * 1024 * 1024

/**
 * Ask one query over HTTP.
 * @throws ProfileError with the server's code, UNREACHABLE or BAD_ANSWER
 */
export async function ask(server: ServerOptions, request: GraphqlRequest, signal: AbortSignal): Promise<Answer> {
  const deadline = new AbortController()
  const abort = () => deadline.abort(signal.reason)
  signal.addEventListener('abort', abort)
  const timer = setTimeout(() => deadline.abort(new Error(`no answer within ${REQUEST_MS} ms`)), REQUEST_MS)
  try {
    signal.throwIfAborted()
    return readAnswer(await post(server, request, deadline.signal))
  } catch (error) {
    throw asProfileError(deadline.signal.aborted ? deadline.signal.reason : error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

async function post({ url, token }: ServerOptions, request: GraphqlRequest, signal: AbortSignal): Promise<Reply> {
  const { query, variables = {}, minRevision } = request
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      'x-catalog-min-revision': minRevision,
      ...(await credential(token)),
    },
    body: JSON.stringify({ query, variables }),
    // The credential is for this server, and for none that it points at.
    redirect: 'error',
    signal,
  })
  return { status: response.status, text: await readText(response) }
}

interface Reply {
  readonly status: number
  readonly text: string
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > ANSWER_BYTES) throw new ProfileError('BAD_ANSWER', `An answer of more than ${ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readAnswer({ status, text }: Reply): Answer {
  if (!text.startsWith('{')) throw notGraphql(status)
  const answer = parseObject(text, 'JSON')
  const error = firstError(answer.errors)
  if (error) throw error
  const revision = textOf(objectOf(answer.extensions, 'extensions').revision, 'revision')
  if (!isRevision(revision))
    throw new ProfileError('BAD_ANSWER', 'The server answered with something else than a revision')
  return { data: objectOf(answer.data, 'data'), revision }
}

/** A proxy in front of the server, most likely. */
function notGraphql(status: number): ProfileError {
  const code =
    status === 401 ? 'UNAUTHENTICATED' : status === 403 ? 'FORBIDDEN' : status === 404 ? 'NOT_FOUND' : undefined
  if (code) return new ProfileError(code, `The server answered with status ${status}`)
  return new ProfileError(status >= 500 ? 'UNREACHABLE' : 'BAD_ANSWER', `The server answered with status ${status}`)
}
