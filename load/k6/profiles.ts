/** A stretch of a run: go to so many users in so many seconds. */
interface Stage {
  readonly users: number
  readonly seconds: number
}

interface Profile {
  readonly what: string
  readonly stages: readonly Stage[]
  /** Websockets that follow the catalog. */
  readonly subscribers: number
  readonly writesPerSecond: number
}

/** Every profile's numbers. A user asks once a second: 0.5 to 1.5 s of thinking after each answer. */
export const PROFILES = {
  smoke: {
    what: 'does it work at all: what CI runs',
    stages: [
      { users: 10, seconds: 5 },
      { users: 10, seconds: 20 },
      { users: 0, seconds: 2 },
    ],
    subscribers: 20,
    writesPerSecond: 1,
  },
  average: {
    what: 'an ordinary busy hour',
    stages: [
      { users: 100, seconds: 15 },
      { users: 100, seconds: 60 },
      { users: 0, seconds: 5 },
    ],
    subscribers: 100,
    writesPerSecond: 1,
  },
  stress: {
    what: 'more and more, to see where it bends',
    stages: [
      { users: 100, seconds: 10 },
      { users: 100, seconds: 20 },
      { users: 200, seconds: 10 },
      { users: 200, seconds: 20 },
      { users: 400, seconds: 10 },
      { users: 400, seconds: 20 },
      { users: 800, seconds: 10 },
      { users: 800, seconds: 20 },
      { users: 0, seconds: 10 },
    ],
    subscribers: 200,
    writesPerSecond: 2,
  },
  spike: {
    what: 'everybody at once, and does it recover',
    stages: [
      { users: 20, seconds: 5 },
      { users: 20, seconds: 20 },
      { users: 500, seconds: 3 },
      { users: 500, seconds: 20 },
      { users: 20, seconds: 3 },
      { users: 20, seconds: 30 },
      { users: 0, seconds: 2 },
    ],
    subscribers: 100,
    writesPerSecond: 1,
  },
  soak: {
    what: 'does memory stay flat: ten minutes; --stretch 6 for an hour',
    stages: [
      { users: 50, seconds: 20 },
      { users: 50, seconds: 600 },
      { users: 0, seconds: 5 },
    ],
    subscribers: 100,
    writesPerSecond: 1,
  },
} as const satisfies Record<string, Profile>

export type ProfileName = keyof typeof PROFILES

/** The seconds between an answer and the next question: so long at least, and so much more at most. Their mean is one second. */
export const THINK = { least: 0.5, more: 1 } as const

/**
 * What has to hold, in every profile. The catalog is read a thousand times for each write; a write waits for the disk. A
 * change is on its way from the moment its transaction begins: its commit is in the figure.
 */
export const THRESHOLDS = {
  'http_req_duration{scenario:reads}': ['p(95)<50', 'p(99)<100'],
  'http_req_failed{scenario:reads}': ['rate<0.01'],
  graphql_errors: ['rate<0.01'],
  checks: ['rate>0.99'],
} as const

const WRITE_THRESHOLDS = {
  'http_req_duration{scenario:writes}': ['p(95)<250'],
  'http_req_failed{scenario:writes}': ['rate<0.01'],
  catalog_delivery_ms: ['p(95)<250'],
  // What never came cannot be late.
  catalog_deliveries: ['count>0'],
} as const

const SUBSCRIBER_THRESHOLDS = { revision_gaps: ['count==0'], socket_failures: ['count==0'] } as const

/** Closed: users wait for their answer before they think and ask again. Arrival: requests come when they come. */
export const MODELS = ['arrival', 'closed'] as const

export interface Plan {
  readonly profile: ProfileName
  readonly model: (typeof MODELS)[number]
  /** Every stage takes so many times as long. */
  readonly stretch: number
  /** Whether the catalog may be changed. */
  readonly writes: boolean
}

/** Sockets that one of k6's virtual users holds. */
export const SOCKETS_PER_USER = 25
/** The subscribers are there before the first write, and wait for the last one. */
const HEAD_START_SECONDS = 2
const LAST_WRITE_SECONDS = 1
/** The longest that a subscriber waits at the end for what it has not been told yet. */
export const LAST_DELIVERY_SECONDS = 5

export function secondsOf({ profile, stretch }: Pick<Plan, 'profile' | 'stretch'>): number {
  return PROFILES[profile].stages.reduce((sum, { seconds }) => sum + seconds * stretch, 0)
}

/** What k6 is told: scenarios and thresholds. */
export function k6Options(plan: Plan) {
  const { subscribers, writesPerSecond } = PROFILES[plan.profile]
  const seconds = secondsOf(plan)
  const scenarios = {
    reads: { exec: 'read', ...readers(plan) },
    subscribers: {
      exec: 'subscribe',
      executor: 'per-vu-iterations',
      vus: Math.ceil(subscribers / SOCKETS_PER_USER),
      iterations: 1,
      maxDuration: `${Math.ceil(seconds) + 3 * LAST_DELIVERY_SECONDS}s`,
      gracefulStop: '0s',
    },
    ...(plan.writes && {
      writes: {
        exec: 'write',
        executor: 'constant-arrival-rate',
        rate: writesPerSecond,
        timeUnit: '1s',
        startTime: `${HEAD_START_SECONDS}s`,
        duration: `${Math.floor(seconds - HEAD_START_SECONDS - LAST_WRITE_SECONDS)}s`,
        preAllocatedVUs: 2 * writesPerSecond,
        maxVUs: 10 * writesPerSecond,
      },
    }),
  }
  const thresholds = {
    ...THRESHOLDS,
    ...SUBSCRIBER_THRESHOLDS,
    ...(plan.writes && WRITE_THRESHOLDS),
    ...(plan.model === 'arrival' && {
      // A request that could not be sent in time was not answered in time either.
      'dropped_iterations{scenario:reads}': [`count<${Math.ceil(plannedReads(plan) / 100)}`],
    }),
  }
  return {
    scenarios,
    thresholds,
    summaryTrendStats: ['avg', 'min', 'med', 'p(90)', 'p(95)', 'p(99)', 'max'],
    // A name for each read and write; the address would be the same for all of them.
    systemTags: ['status', 'name', 'check', 'error', 'scenario', 'expected_response'],
  }
}

function readers({ profile, model, stretch }: Plan) {
  const stages = PROFILES[profile].stages.map(({ users, seconds }) => ({
    target: users,
    duration: `${Math.round(seconds * stretch * 1_000)}ms`,
  }))
  if (model === 'closed') return { executor: 'ramping-vus', startVUs: 0, stages, gracefulRampDown: '5s' }
  const most = mostUsers(profile)
  return {
    executor: 'ramping-arrival-rate',
    startRate: 0,
    timeUnit: '1s',
    stages,
    preAllocatedVUs: Math.ceil(most / 4),
    maxVUs: most,
  }
}

export function mostUsers(profile: ProfileName): number {
  return Math.max(...PROFILES[profile].stages.map(({ users }) => users))
}

/** Reads of the whole run, when none of them is late. */
export function plannedReads({ profile, stretch }: Pick<Plan, 'profile' | 'stretch'>): number {
  let before = 0
  let sum = 0
  for (const { users, seconds } of PROFILES[profile].stages) {
    sum += ((before + users) / 2) * seconds * stretch
    before = users
  }
  return sum
}
