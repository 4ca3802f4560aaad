import { request } from 'node:http'
import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { isServer } from '../support/database.ts'

/** Status and body of a query that says in its Host that it is for this name. */
async function askAs(url: string, host: string): Promise<{ status: number; body: string }> {
  const { port } = new URL(url)
  return new Promise((resolve, reject) => {
    const headers = { host: host.replace('PORT', port), 'content-type': 'application/json' }
    const sent = request({ host: '127.0.0.1', port, path: '/graphql', method: 'POST', headers }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    sent.on('error', reject)
    sent.end(JSON.stringify({ query: '{ __typename }' }))
  })
}

test.skipIf(isServer())(
  'a local server answers to local names only, whatever a page makes its own name stand for',
  async () => {
    const { url } = await startTestApp()
    for (const host of ['127.0.0.1:PORT', 'localhost:PORT', '[::1]:PORT', '127.0.0.1'])
      expect(await askAs(url, host)).toMatchObject({ status: 200 })
    for (const host of [
      'attacker.example',
      'localhost.attacker.example:PORT',
      '192.168.0.1',
      '127.0.0.1.attacker.example',
    ]) {
      const { status, body } = await askAs(url, host)
      expect({ status, code: JSON.parse(body).errors[0].extensions.code }).toEqual({
        status: 421,
        code: 'FOREIGN_HOST',
      })
    }
  },
)
