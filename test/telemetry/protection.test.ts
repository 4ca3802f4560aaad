import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../src/config.ts'
import { startTestApp } from '../support/app.ts'
import { isServer } from '../support/database.ts'
import { scrape } from './scrape.ts'

const PATHS = ['/metrics', '/metrics.json']
const TOKEN = 'a-token-for-metrics'

async function ask(base: string, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(new URL(path, base), { headers })
  const text = await response.text()
  return { status: response.status, text }
}

test('without a token and a port they are open on the machine of a newcomer, and nowhere else', async () => {
  const app = await startTestApp()
  for (const path of PATHS) {
    const { status, text } = await ask(app.url, path)
    if (isServer()) {
      expect(status, path).toBe(403)
      expect(text).toContain('Set METRICS_TOKEN, or METRICS_PORT.')
      expect(text).not.toContain('tool_catalog_')
    } else {
      expect(status, path).toBe(200)
      expect(text).toContain('http_requests_total')
    }
  }
})

test('a token is asked for, compared whole, and wrong ones are counted and limited', async () => {
  const app = await startTestApp({ METRICS_TOKEN: TOKEN, AUTH_FAILURES_PER_MINUTE: '6' })
  const right = { authorization: `Bearer ${TOKEN}` }
  for (const path of PATHS) {
    expect((await ask(app.url, path)).status).toBe(401)
    expect((await ask(app.url, path, { authorization: `Bearer ${TOKEN}x` })).status).toBe(401)
    expect((await ask(app.url, path, { authorization: 'Bearer ' })).status).toBe(401)
    expect((await ask(app.url, path, right)).status).toBe(path === PATHS[0] ? 200 : 429)
    if (path === PATHS[0]) {
      const { value } = await scrape(app.metricsUrl, right)
      expect(value('auth_failures_total{reason="metrics_token"}')).toBe(3)
    }
  }
})

test('on a port of their own they are there alone, and the port of everybody has none', async () => {
  const app = await startTestApp({ METRICS_PORT: '0' })
  expect(new URL(app.metricsUrl).port).not.toBe(new URL(app.url).port)
  for (const path of PATHS) {
    expect((await ask(app.metricsUrl, path)).status, path).toBe(200)
    expect((await ask(app.url, path)).status, path).toBe(404)
  }
  for (const path of ['/graphql?query={__typename}', '/health', '/'])
    expect((await ask(app.metricsUrl, path)).status, path).toBe(404)
  const response = await fetch(app.metricsUrl, { method: 'POST' })
  expect(response.status).toBe(405)
  await app.stop()
  await expect(fetch(app.metricsUrl)).rejects.toThrow()
})

test('a port of their own asks for the token, too, when there is one', async () => {
  const app = await startTestApp({ METRICS_PORT: '0', METRICS_TOKEN: TOKEN })
  expect((await ask(app.metricsUrl, '/metrics')).status).toBe(401)
  expect((await ask(app.metricsUrl, '/metrics', { authorization: `Bearer ${TOKEN}` })).status).toBe(200)
})

test('a port that is taken ends the start', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  await expect(startTestApp({ METRICS_PORT: String(port) })).rejects.toThrow('EADDRINUSE')
  other.close()
})

test('a port that is that of everybody, and a token that could be guessed, are refused at once', () => {
  expect(() => readConfig({ PORT: '3005', METRICS_PORT: '3005' })).toThrow('METRICS_PORT: must not be PORT (3005)')
  expect(() => readConfig({ METRICS_TOKEN: 'short' })).toThrow(ConfigError)
  expect(() => readConfig({ METRICS_TOKEN: 'short' })).not.toThrow('not "short"')
})
