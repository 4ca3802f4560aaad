import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { ROOT } from '../faults/replica.ts'
import { type Document, textOf, yamlOf } from './yaml-files.ts'

const compose = yamlOf('docker-compose.yml')
const services = Object.entries<Document>(compose.services)

/** The schema of the Go module github.com/compose-spec/compose-go v2.16.2 (Apache-2.0), as it is there. */
function problemsOf(document: Document): string[] {
  const validate = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(
    yamlOf('test/deploy/schemas/compose-spec.json'),
  )
  validate(document)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

test('the Compose file is what the Compose specification allows', () => {
  expect(problemsOf(compose)).toEqual([])
})

test('a key that the specification does not know is found', () => {
  const wrong = structuredClone(compose)
  wrong.services.proxy.read_onyl = true
  expect(problemsOf(wrong)).not.toEqual([])
})

test('two servers stand behind the proxy, under the names that the proxy asks', () => {
  const asked = textOf('deploy/haproxy/haproxy.cfg').match(/(?<=\$\{SERVER_\d-)[^:}]+/g)
  const both = ['tool-catalog-1', 'tool-catalog-2']
  // As those that are ready, and as those that run.
  expect(asked).toEqual([...both, ...both])
  for (const name of both) expect(compose.services).toHaveProperty(name)
  expect(compose.services['tool-catalog-1']).toEqual(compose.services['tool-catalog-2'])
})

test('every folder and file that is mounted is there', () => {
  const mounted = services
    .flatMap(([, { volumes = [] }]) => volumes as string[])
    .flatMap((volume) => /^\.\/([^:]+):/.exec(volume)?.[1] ?? [])
  expect(mounted.length).toBeGreaterThan(5)
  expect(mounted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

test('every volume that is used is declared', () => {
  const used = services
    .flatMap(([, { volumes = [] }]) => volumes as string[])
    .flatMap((volume) => /^([a-z]+):/.exec(volume)?.[1] ?? [])
  expect(used.sort()).toEqual(Object.keys(compose.volumes).sort())
})

test('only the proxy is for others, and it begins on this machine alone', () => {
  const published = services.flatMap(([name, { ports = [] }]) => (ports as string[]).map((port) => `${name} ${port}`))
  expect(published.filter((port) => !port.includes('127.0.0.1'))).toEqual([])
  expect(services.filter(([name, { ports }]) => ports && /^tool-catalog|^database$/.test(name))).toEqual([])
})

test('no password is in the file', () => {
  const environments = services.flatMap(([, { environment = {} }]) => Object.entries<string>(environment))
  const secrets = environments.filter(([name]) => /PASSWORD|_KEY|_URL|SECRET|TOKEN/.test(name))
  expect(secrets.length).toBeGreaterThan(3)
  expect(secrets.filter(([, value]) => /:\/\/[^/@]*:(?!\$\{)[^/@]+@/.test(value))).toEqual([])
  expect(secrets.filter(([name, value]) => /PASSWORD/.test(name) && !value.startsWith('${'))).toEqual([])
})

test('git does not take the passwords along', () => {
  expect(textOf('.gitignore').split('\n')).toContain('.env')
})

test('the database counts as healthy when others can reach it, and not while its image still makes it', () => {
  const [, program, ...parameters]: string[] = compose.services.database.healthcheck.test
  expect(program).toBe('pg_isready')
  // Without an address it is asked at its socket, which answers before anything else does.
  expect(parameters.join(' ')).toContain('-h 127.0.0.1')
})
