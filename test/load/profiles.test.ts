import { expect, test } from 'vitest'
import { k6Options, MODELS, mostUsers, type Plan, PROFILES, plannedReads, secondsOf } from '../../load/k6/profiles.ts'

const plan = (changes: Partial<Plan> = {}): Plan => ({
  profile: 'average',
  model: 'arrival',
  stretch: 1,
  writes: true,
  ...changes,
})
const names = Object.keys(PROFILES) as (keyof typeof PROFILES)[]

test('there are the five profiles, and each ends with nobody', () => {
  expect(names).toEqual(['smoke', 'average', 'stress', 'spike', 'soak'])
  for (const name of names) expect(PROFILES[name].stages.at(-1)?.users).toBe(0)
})

test('the smoke profile is over within a minute, and soaking takes ten', () => {
  expect(secondsOf(plan({ profile: 'smoke' }))).toBeLessThan(50)
  expect(secondsOf(plan({ profile: 'soak' }))).toBeGreaterThanOrEqual(600)
  expect(mostUsers('average')).toBe(100)
})

test('every profile and model asks for the latencies and errors that were promised', () => {
  for (const profile of names)
    for (const model of MODELS)
      expect(k6Options(plan({ profile, model })).thresholds).toMatchObject({
        'http_req_duration{scenario:reads}': ['p(95)<50', 'p(99)<100'],
        'http_req_failed{scenario:reads}': ['rate<0.01'],
        graphql_errors: ['rate<0.01'],
        checks: ['rate>0.99'],
        revision_gaps: ['count==0'],
        socket_failures: ['count==0'],
        catalog_deliveries: ['count>0'],
      })
})

test('k6 gets the stages of the profile: as a rate, or as users', () => {
  const stages = [
    { target: 100, duration: '15000ms' },
    { target: 100, duration: '60000ms' },
    { target: 0, duration: '5000ms' },
  ]
  expect(k6Options(plan()).scenarios.reads).toMatchObject({
    exec: 'read',
    executor: 'ramping-arrival-rate',
    startRate: 0,
    timeUnit: '1s',
    maxVUs: 100,
    stages,
  })
  expect(k6Options(plan({ model: 'closed' })).scenarios.reads).toMatchObject({ executor: 'ramping-vus', stages })
})

test('stretching makes every stage longer, and asks more', () => {
  const reads = k6Options(plan({ stretch: 0.5 })).scenarios.reads
  expect(reads.stages.map(({ duration }) => duration)).toEqual(['7500ms', '30000ms', '2500ms'])
  expect(secondsOf(plan({ stretch: 0.5 }))).toBe(40)
  // 0 to 100 in 15 s, 100 for 60 s, to 0 in 5 s.
  expect(plannedReads(plan())).toBe(750 + 6_000 + 250)
  expect(plannedReads(plan({ stretch: 2 }))).toBe(14_000)
})

test('when one request of a hundred could not be sent in time, the run has failed', () => {
  const dropped = 'dropped_iterations{scenario:reads}'
  expect(k6Options(plan()).thresholds).toHaveProperty([dropped], ['count<70'])
  expect(k6Options(plan({ model: 'closed' })).thresholds).not.toHaveProperty([dropped])
})

test('the subscribers are there before the first write, and stay for the last', () => {
  for (const profile of names) {
    const { subscribers, writes } = k6Options(plan({ profile })).scenarios
    expect(subscribers.vus * 25).toBeGreaterThanOrEqual(PROFILES[profile].subscribers)
    const [start, length] = [writes?.startTime, writes?.duration].map((text) => Number.parseFloat(text ?? '')) as [
      number,
      number,
    ]
    expect(start).toBeGreaterThan(0)
    expect(start + length).toBeLessThan(secondsOf(plan({ profile })))
    expect(Number.parseFloat(subscribers.maxDuration)).toBeGreaterThan(secondsOf(plan({ profile })))
  }
})

test('a catalog that must not be changed is only read', () => {
  const { scenarios, thresholds } = k6Options(plan({ writes: false }))
  expect(Object.keys(scenarios)).toEqual(['reads', 'subscribers'])
  expect(thresholds).not.toHaveProperty('catalog_deliveries')
  expect(thresholds).toHaveProperty('revision_gaps')
})
