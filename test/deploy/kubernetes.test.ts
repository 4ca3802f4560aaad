import { Ajv, type ValidateFunction } from 'ajv'
import { describe, expect, test } from 'vitest'
import { type Document, manifest, manifests, yamlOf } from './yaml-files.ts'

interface Schemas {
  /** `apps/v1 Deployment` → name of its definition. */
  readonly kinds: Readonly<Record<string, string>>
  readonly definitions: object
}

const schemas = yamlOf('test/deploy/schemas/kubernetes.json') as Schemas

function validatorOf({ apiVersion, kind }: Document): ValidateFunction {
  const name = schemas.kinds[`${apiVersion} ${kind}`]
  if (name === undefined) throw new Error(`no schema for ${apiVersion} ${kind}`)
  return new Ajv({ strict: false, allErrors: true }).compile({
    $ref: `#/definitions/${name}`,
    definitions: schemas.definitions,
  })
}

function problemsOf(document: Document): string[] {
  const validate = validatorOf(document)
  validate(document)
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

describe('the Kubernetes manifests', () => {
  test.each(manifests().map(({ file, document }) => [file, document.kind, document]))(
    '%s: %s has only fields that Kubernetes knows',
    (_, __, document) => {
      expect(problemsOf(document)).toEqual([])
    },
  )

  test('a field that Kubernetes does not know, and a value of another kind, are found', () => {
    const wrong = structuredClone(manifest('Deployment'))
    wrong.spec.template.spec.containers[0].livenessProb = {}
    wrong.spec.minReadySeconds = '5'
    expect(problemsOf(wrong)).toHaveLength(2)
  })

  test('selectors find the pods of the servers, and only those', () => {
    const labels = manifest('Deployment').spec.template.metadata.labels
    const selectors = [
      manifest('Deployment').spec.selector.matchLabels,
      manifest('PodDisruptionBudget').spec.selector.matchLabels,
      manifest('Service').spec.selector,
      manifest('Deployment').spec.template.spec.topologySpreadConstraints[0].labelSelector.matchLabels,
    ]
    for (const selector of selectors) expect(selector).toEqual(labels)
    const job = manifest('Job', 'tool-catalog-migration').spec.template.metadata.labels
    expect(job['app.kubernetes.io/component']).not.toBe(labels['app.kubernetes.io/component'])
  })

  test('there are always two servers or more, and the release that is migrated for is the one that is served', () => {
    const scaler = manifest('HorizontalPodAutoscaler').spec
    expect(scaler.minReplicas).toBeGreaterThanOrEqual(2)
    expect(scaler.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: manifest('Deployment').metadata.name })
    // The autoscaler would be overruled at every `kubectl apply`.
    expect(manifest('Deployment').spec).not.toHaveProperty('replicas')
    const image = ({ spec }: Document) => spec.template.spec.containers[0].image
    expect(image(manifest('Job', 'tool-catalog-migration'))).toBe(image(manifest('Deployment')))
    expect(image(manifest('Deployment'))).toBe(`tool-catalog:${yamlOf('package.json').version}`)
  })

  test.each(['Deployment', 'Job'])('a container of a %s may do nothing that it does not need', (kind) => {
    const { spec } = manifest(kind, kind === 'Job' ? 'tool-catalog-migration' : 'tool-catalog').spec.template
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(spec.automountServiceAccountToken).toBe(false)
    expect(spec.containers[0].resources).toHaveProperty('limits.memory')
  })

  test('what the ingress lets in is served, and the figures of Prometheus are not let in', () => {
    const [rule] = manifest('Ingress').spec.rules
    const paths = rule.http.paths.map(({ path }: { path: string }) => path)
    expect(paths).toEqual(['/graphql', '/hooks/reload', '/definition.schema.json', '/health'])
    const [{ name }] = manifest('Service').spec.ports
    for (const { backend } of rule.http.paths) expect(backend.service).toEqual({ name: 'tool-catalog', port: { name } })
  })
})
