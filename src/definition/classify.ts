import { classifyHeadField } from './classify-head.ts'
import { classifyInput, classifyOutput } from './classify-input.ts'
import { classifyEstimate, classifyLimitations, classifyPolicyField } from './classify-policy.ts'
import {
  comparable,
  type Difference,
  type LocatedDifference,
  locateDifferences,
  ownField,
  toDifference,
} from './diff.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { cutName } from './problem.ts'
import { behaviour, metadata, spec, type Verdict, worst } from './verdict.ts'

/** One difference, and what it means for those who use the version before and now get the one after. */
export type ClassifiedDifference = Difference & Verdict

/** Both documents in the shape they are compared in: some differences only make sense beside what else is there. */
interface Sides {
  readonly before: JsonObject
  readonly after: JsonObject
}

/** What changed from one document to the other, in path order, and whom it breaks and why. */
export function classifyDifferences(before: JsonObject, after: JsonObject): ClassifiedDifference[] {
  const sides = { before: comparable(before), after: comparable(after) }
  return locateDifferences([], sides.before, sides.after).map((difference) => ({
    ...toDifference(difference),
    ...classify(sides, difference),
  }))
}

function classify(sides: Sides, difference: LocatedDifference): Verdict {
  const [head = '', , inCapability, , patternField] = difference.steps
  if (head !== 'capabilities') return classifyHeadField(difference)
  const depth = difference.steps.length
  if (depth === 1) return classifyMembers(sides, difference)
  if (depth === 2) return classifyPart(sides, difference, 'capability')
  if (inCapability !== 'patterns') return otherField(inCapability ?? '')
  if (depth === 3) return classifyMembers(sides, difference)
  if (depth === 4) return classifyPart(sides, difference, 'pattern')
  return classifyPatternField(sides, difference, patternField ?? '')
}

/** A container that came or went is as bad as the worst of what it holds. */
function classifyMembers(sides: Sides, { steps, before, after }: LocatedDifference): Verdict {
  const names = Object.keys({ ...(isObject(before) ? before : {}), ...(isObject(after) ? after : {}) })
  const verdicts = names.map((name) =>
    classify(sides, { steps: [...steps, name], before: ownField(before, name), after: ownField(after, name) }),
  )
  const kind = steps.at(-1) === 'policy' ? 'behaviour' : 'spec'
  return worst(kind, verdicts, 'there is nothing in it')
}

/** A capability or pattern that came or went; or only the case of its name did, which no caller sees. */
function classifyPart(sides: Sides, difference: LocatedDifference, noun: 'capability' | 'pattern'): Verdict {
  const { steps, before, after } = difference
  const name = steps.at(-1) ?? ''
  const twin = findPart(before === undefined ? sides.before : sides.after, steps)
  if (twin !== undefined) {
    const inside = before === undefined ? locateDifferences(steps, twin, after) : []
    const verdicts = inside.map((inner) => classify(sides, inner))
    return worst('spec', verdicts, 'only the case of its name changed, and names are compared without it')
  }
  return before === undefined
    ? spec('no', `${name} is a new ${noun}, and what was there stays`)
    : spec('yes', `callers who use the ${noun} ${name} no longer find it`)
}

/** The capability or pattern at `steps`, however its name is spelt. */
function findPart(document: JsonObject, [, capability = '', , pattern]: readonly string[]): Json | undefined {
  const found = memberNamed(document.capabilities, capability)
  return pattern === undefined ? found : memberNamed(ownField(found, 'patterns'), pattern)
}

function memberNamed(parts: Json | undefined, name: string): Json | undefined {
  if (!isObject(parts)) return undefined
  const key = spellings(parts).get(name.toLowerCase())
  return key === undefined ? undefined : ownField(parts, key)
}

const known = new WeakMap<JsonObject, ReadonlyMap<string, string>>()

/** Keys by their lower case; made once for each mapping, which is asked for every difference in it. */
function spellings(parts: JsonObject): ReadonlyMap<string, string> {
  const found = known.get(parts) ?? new Map(Object.keys(parts).map((key) => [key.toLowerCase(), key]))
  known.set(parts, found)
  return found
}

function classifyPatternField(sides: Sides, difference: LocatedDifference, field: string): Verdict {
  const { steps, before, after } = difference
  const [, , , name = '', , member] = steps
  switch (field) {
    case 'required_inputs':
    case 'optional_inputs':
      if (member === undefined) return classifyMembers(sides, difference)
      return classifyInput(findPart(sides.before, steps), findPart(sides.after, steps), difference)
    case 'expected_outputs':
      return member === undefined ? classifyMembers(sides, difference) : classifyOutput(difference)
    case 'policy':
      return member === undefined ? classifyMembers(sides, difference) : classifyPolicyField(difference)
    case 'time_estimate_ms':
    case 'cost_estimate':
      return classifyEstimate(field, before, after)
    case 'limitations':
      return classifyLimitations(name, before, after)
    case 'scope':
    case 'completeness':
      return behaviour('maybe', `callers may rely on the ${field} that ${name} had`)
    case 'complexity_score':
    case 'preference_match':
      return behaviour('no', `${name} may be chosen more or less often, and is called as before`)
    case 'output_schema':
      return classifyOpaque(difference, 'the output may have another form')
    case 'api_parameters':
      return classifyOpaque(difference, 'inputs may reach the API in another way')
    default:
      return otherField(field)
  }
}

/** What may be in any form cannot be judged, but for one thing: where nothing was said, nobody could rely on it. */
function classifyOpaque({ steps, before }: LocatedDifference, reason: string): Verdict {
  return steps.length === 5 && before === undefined
    ? spec('no', 'nothing was said about it before')
    : spec('maybe', reason)
}

const FOR_PEOPLE = new Set(['description', 'typical_use_cases', 'example_request', 'examples'])

function otherField(field: string): Verdict {
  return metadata(FOR_PEOPLE.has(field) ? 'only people read it' : `the format does not know ${cutName(field)}`)
}
