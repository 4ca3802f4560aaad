import { isUtf8 } from 'node:buffer'
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
  // As nearly everybody writes it.
  if (headers['content-type'] === 'application/json' && headers['content-encoding'] === undefined) return
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
  // One that came with its head, as most do, is there by now.
  const body = readAtOnce(request, mostBytes) ?? (await readBytes(request, mostBytes))
  if (!isUtf8(body)) throw refuse.notJson()
  return body.toString()
}

function readAtOnce(request: IncomingMessage, mostBytes: number): Buffer | undefined {
  const { headers, readableLength: bytes } = request
  if (bytes === 0 || bytes > mostBytes || Number(headers['content-length']) !== bytes) return undefined
  // It is a stream of bytes.
  const body = request.read() as Buffer
  // Its end is still to come, and frees the connection for the next request.
  request.resume()
  return body
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
    // Which comes after the end, too.
    const onAbort = () => {
      if (!request.complete) finish(() => reject(new RequestAbortedError()))
    }
    request.once('error', onAbort)
    request.once('close', onAbort)
  })
}
