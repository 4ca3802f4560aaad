import exec from 'k6/execution'
import { k6Options, MODELS, type Plan, PROFILES, type ProfileName, SOCKETS_PER_USER, secondsOf } from './profiles.ts'
import { readOnce } from './read.ts'
import { prepareStage, type Stage } from './stage.ts'
import { subscribeSome } from './subscribe.ts'
import { removeOwnTools, writeOnce } from './write.ts'

// The script that k6 runs. `npm run load` starts it beside a server and a monitor; alone it is
// `TOOL_CATALOG_KEY=… k6 run -e LOAD_PROFILE=smoke -e LOAD_WRITES=true load/k6/catalog.ts`.
const plan = readPlan()
const seconds = secondsOf(plan)
const { subscribers } = PROFILES[plan.profile]

export const options = k6Options(plan)

export const setup = prepareStage

export function read(stage: Stage): void {
  readOnce(stage, plan.model === 'closed')
}

export function write(stage: Stage): void {
  writeOnce(stage)
}

export function subscribe(stage: Stage): void {
  const before = exec.scenario.iterationInTest * SOCKETS_PER_USER
  subscribeSome(stage, Math.min(SOCKETS_PER_USER, subscribers - before), seconds)
}

export function teardown(stage: Stage): void {
  if (plan.writes) removeOwnTools(stage)
}

/** Where it is wanted as a file, `npm run load` prints what matters of it; otherwise k6 prints its own summary. */
export const handleSummary = __ENV.LOAD_SUMMARY
  ? (data: object) => ({ [__ENV.LOAD_SUMMARY as string]: JSON.stringify(data) })
  : undefined

/** @throws Error for a profile or a model that is not there */
function readPlan(): Plan {
  const profile = __ENV.LOAD_PROFILE || 'smoke'
  const model = MODELS.find((one) => one === (__ENV.LOAD_MODEL || 'arrival'))
  if (!Object.hasOwn(PROFILES, profile))
    throw new Error(`LOAD_PROFILE must be one of ${Object.keys(PROFILES).join(', ')}`)
  if (!model) throw new Error(`LOAD_MODEL must be one of ${MODELS.join(', ')}`)
  const stretch = Number(__ENV.LOAD_STRETCH || 1)
  // Own keys of the table are the names of profiles.
  return { profile: profile as ProfileName, model, stretch, writes: __ENV.LOAD_WRITES === 'true' }
}
