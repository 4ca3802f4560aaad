import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, HttpConnection, postRequest, readAnswer } from '../../load/bench/http-connection.ts'

const wire = (...lines: string[]) => Buffer.from(lines.join('\r\n'))

test('an answer with a length ends where it says, not before', () => {
  const whole = wire('HTTP/1.1 200 OK', 'Content-Length: 11', '', '{"data":{}}')
  for (let end = 0; end < whole.length; end++) expect(readAnswer(whole.subarray(0, end))).toBeUndefined()
  expect(readAnswer(whole)).toEqual({ status: 200, bytes: 11, hasErrors: false })
})

test('an answer in chunks ends with the empty one', () => {
  const chunks = ['HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', 'b', '{"data":{}}', '0', '', '']
  const whole = wire(...chunks)
  for (let end = 0; end < whole.length; end++) expect(readAnswer(whole.subarray(0, end))).toBeUndefined()
  expect(readAnswer(whole)?.status).toBe(200)
})

test('an answer with errors is told from one without', () => {
  const body = '{"errors":[{"message":"no"}],"data":null}'
  expect(readAnswer(wire('HTTP/1.1 400 Bad Request', `content-length: ${body.length}`, '', body))).toEqual({
    status: 400,
    bytes: body.length,
    hasErrors: true,
  })
})

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString()
    if (body === '"drop"') request.socket.destroy()
    else response.end(JSON.stringify({ data: `${request.headers.authorization} ${body}` }))
  })
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => server.close())

const ask = (connection: HttpConnection, request: string) =>
  new Promise<Answer>((resolve, reject) => connection.ask(request, resolve, reject))

test('one connection asks a real server again and again, with its headers and with more than ASCII', async () => {
  const connection = await HttpConnection.open((server.address() as AddressInfo).port)
  for (const body of ['"a"', '"größer"', `"${'x'.repeat(200_000)}"`]) {
    const answer = await ask(connection, postRequest(body, { authorization: 'Bearer k' }))
    const expected = Buffer.byteLength(JSON.stringify({ data: `Bearer k ${body}` }))
    expect(answer).toEqual({ status: 200, bytes: expected, hasErrors: false })
  }
  connection.close()
})

test('a connection that the server cuts is an error, not a wait for ever', async () => {
  const connection = await HttpConnection.open((server.address() as AddressInfo).port)
  await expect(ask(connection, postRequest('"drop"'))).rejects.toThrow()
})
