import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Refusal, refuse } from './refusal.ts'

/** Longest time between the head of a request and the end of its body, in milliseconds. */
const BODY_TIMEOUT_MS = 10_000

/** The caller went away in the middle of its request: there is nobody to answer. */
export class RequestAbortedError extends Error {
  override readonly name = 'RequestAbortedError'
}

/**
 * Only JSON in UTF-8, as it is. Forms and plain text are what a page of somebody else can send without asking, and a
 * compressed body may be any size.
 * @throws Refusal
 */
export function checkMediaType(headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding.trim().toLowerCase() !== 'identity') throw refuse.mediaType('Send the body uncompressed.')
  const [type, ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  if (type !== 'application/json' || (charset && !/^charset="?utf-?8"?$/.test(charset)))
    throw refuse.mediaType('Send the operation as application/json, in UTF-8.')
}

/**
 * The text of a body of at most so many bytes.
 * @throws Refusal when it is larger, slow, or not UTF-8
 * @throws RequestAbortedError
 */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<string> {
  const body = await readBytes(request, mostBytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw refuse.notJson()
  }
}

/** A body of at most so many bytes. @throws Refusal, RequestAbortedError */
export function readBytes(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return Promise.reject(refuse.tooLarge())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      request.removeListener('data', onData)
      settle()
    }
    // What still comes is thrown away by Node, for as long as a request may take.
    const refuseRest = (refusal: Refusal) => finish(() => reject(refusal))
    const timer = setTimeout(() => refuseRest(refuse.slowBody()), BODY_TIMEOUT_MS)
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > mostBytes) refuseRest(refuse.tooLarge())
      else chunks.push(chunk)
    }
    request.on('data', onData)
    request.once('end', () => finish(() => resolve(Buffer.concat(chunks))))
    request.once('error', () => finish(() => reject(new RequestAbortedError())))
    request.once('close', () => finish(() => reject(new RequestAbortedError())))
  })
}
