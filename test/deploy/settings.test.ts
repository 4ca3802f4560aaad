import { expect, test } from 'vitest'
import { longestStop } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { VARIABLES } from '../../src/config-variables.ts'
import { manifest, textOf, yamlOf } from './yaml-files.ts'

/** What the image and the environment say beside the defaults. */
const DATABASE = { DATABASE_URL: 'postgresql://tester@database/tool_catalog', ANONYMOUS_ROLE: 'none' }

const compose = yamlOf('docker-compose.yml')
const server = compose.services['tool-catalog-1']
const seconds = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1])

/** Way of deploying → seconds until it kills, and the configuration of its servers. */
const WAYS: Record<string, { readonly grace: number; readonly environment: Record<string, string> }> = {
  Compose: { grace: seconds(server.stop_grace_period, /^(\d+)s$/), environment: {} },
  systemd: {
    grace: seconds(textOf('deploy/systemd/tool-catalog.service'), /^TimeoutStopSec=(\d+)$/m),
    environment: {},
  },
  Supervisor: {
    grace: seconds(textOf('deploy/supervisor/tool-catalog.conf'), /^stopwaitsecs=(\d+)$/m),
    environment: {},
  },
  Kubernetes: {
    grace: manifest('Deployment').spec.template.spec.terminationGracePeriodSeconds,
    environment: manifest('ConfigMap').data,
  },
}

test.each(Object.entries(WAYS))('%s gives a server the time that its stop may take', (_, { grace, environment }) => {
  const longest = longestStop(readConfig({ ...environment, ...DATABASE }))
  expect(grace * 1_000).toBeGreaterThan(longest)
  // Twice as long would be somebody else's figure.
  expect(grace * 1_000).toBeLessThan(2 * longest)
})

test('every variable that is set somewhere is one that the server reads', () => {
  const unit = textOf('deploy/systemd/tool-catalog.service').match(/^Environment=(.*)$/m)?.[1] ?? ''
  const supervisor = textOf('deploy/supervisor/tool-catalog.conf').match(/^environment=(.*)$/m)?.[1] ?? ''
  const image = textOf('Dockerfile').match(/^ENV (.*)$/m)?.[1] ?? ''
  const assigned = [unit, supervisor, image].flatMap((text) => text.split(/[ ,]/).map((one) => one.split('=')[0] ?? ''))
  const named = [
    ...assigned,
    ...Object.keys(server.environment),
    ...Object.keys(manifest('ConfigMap').data),
    ...Object.keys(manifest('Secret').stringData),
  ]
  expect(named.length).toBeGreaterThan(15)
  // Node's own, for the libraries.
  expect(named.filter((name) => name !== 'NODE_ENV' && !Object.hasOwn(VARIABLES, name))).toEqual([])
})

test('the connections of all replicas and their LISTEN fit what the manifest says that PostgreSQL needs', () => {
  const { DATABASE_POOL_MAX } = readConfig({ ...manifest('ConfigMap').data, ...DATABASE })
  const { maxReplicas } = manifest('HorizontalPodAutoscaler').spec
  const [, said] = /max_connections = (\d+)/.exec(textOf('deploy/kubernetes/1-configuration.yaml')) ?? []
  expect(Number(said)).toBeGreaterThan(maxReplicas * (DATABASE_POOL_MAX + 1) + 10)
})
