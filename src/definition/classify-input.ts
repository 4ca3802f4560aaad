import { canonicalJson } from './canonical.ts'
import { type LocatedDifference, locateDifferences, ownField } from './diff.ts'
import { isList, type Json } from './json.ts'
import { cutName } from './problem.ts'
import { KNOWN_FIELDS } from './schema.ts'
import { behaviour, metadata, spec, type Verdict, worst } from './verdict.ts'

/** An input as one side has it. */
interface Input {
  readonly fields: Json
  readonly isRequired: boolean
}

/**
 * A difference in an input, or a whole one that came or went. One that moved between the lists did not: it is still
 * there, and what is said about it is said where it is now.
 * @param before the whole pattern, in the shape for comparing
 * @param after likewise
 */
export function classifyInput(
  before: Json | undefined,
  after: Json | undefined,
  difference: LocatedDifference,
): Verdict {
  const [, , , , , name = '', field] = difference.steps
  const [old, now] = [findInput(before, name), findInput(after, name)]
  if (field !== undefined) return classifyInputField(name, field, old, now, difference)
  if (old && now)
    return difference.before === undefined ? classifyMove(name, old, now) : spec('no', `${name} is still there`)
  if (old) return spec('maybe', `callers who give ${name} may be refused`)
  return now?.isRequired ? mustNowGive(name) : spec('no', `${name} may be left out`)
}

/** An input of a pattern. Its own `required` counts more than the list it stands in. */
function findInput(pattern: Json | undefined, name: string): Input | undefined {
  for (const list of ['required_inputs', 'optional_inputs']) {
    const fields = ownField(ownField(pattern, list), name)
    if (fields === undefined) continue
    const required = ownField(fields, 'required')
    return { fields, isRequired: typeof required === 'boolean' ? required : list === 'required_inputs' }
  }
  return undefined
}

function classifyMove(name: string, old: Input, now: Input): Verdict {
  const inside = locateDifferences([], old.fields, now.fields).map((difference) =>
    classifyInputField(name, difference.steps[0] ?? '', old, now, difference),
  )
  return worst('spec', [classifyRequired(name, old, now), ...inside], `${name} is still there`)
}

function classifyInputField(
  name: string,
  field: string,
  old: Input | undefined,
  now: Input | undefined,
  { before, after }: Pick<LocatedDifference, 'before' | 'after'>,
): Verdict {
  switch (field) {
    case 'required':
      return classifyRequired(name, old, now)
    case 'type':
      return classifyInputType(name, before, after)
    case 'allowed_values':
      return classifyAllowedValues(name, before, after)
    case 'validation':
      return after === undefined
        ? spec('no', `every ${name} that was legal still is`)
        : spec('maybe', `a ${name} that was legal may be refused`)
    case 'default':
      return behaviour('maybe', `callers who leave ${name} out may get another result`)
    default:
      return otherField('input', field)
  }
}

function classifyRequired(name: string, old: Input | undefined, now: Input | undefined): Verdict {
  if (now?.isRequired && !old?.isRequired) return mustNowGive(name)
  if (old?.isRequired && !now?.isRequired) return spec('no', `callers may now leave ${name} out`)
  return spec('no', `${name} may be left out as little or as much as before`)
}

function mustNowGive(name: string): Verdict {
  return spec('yes', `callers must now give ${name}`)
}

function classifyInputType(name: string, before: Json | undefined, after: Json | undefined): Verdict {
  if (after === undefined) return spec('no', `every ${name} that was legal still is`)
  if (before === undefined) return spec('maybe', `callers may give ${name} as another type`)
  return spec('yes', `callers give ${name} as another type`)
}

function classifyAllowedValues(name: string, before: Json | undefined, after: Json | undefined): Verdict {
  if (!isList(after)) return spec('no', `every ${name} that was legal still is`)
  const allowed = new Set(after.map(canonicalJson))
  const isWide = isList(before) && before.every((value) => allowed.has(canonicalJson(value)))
  return isWide
    ? spec('no', `every ${name} that was legal still is`)
    : spec('yes', `callers may give a ${name} that is no longer allowed`)
}

/** A difference in an output, or a whole one that came or went. */
export function classifyOutput({ steps, before, after }: LocatedDifference): Verdict {
  const [, , , , , name = '', field] = steps
  if (field === undefined) {
    return before === undefined
      ? spec('no', `callers need not read ${name}`)
      : spec('yes', `callers who read ${name} no longer get it`)
  }
  if (field === 'type') return classifyOutputType(name, before, after)
  if (field === 'required') {
    return before === true && after !== true
      ? spec('maybe', `callers who read ${name} may not always get it`)
      : spec('no', `callers who read ${name} get it as often as before`)
  }
  return otherField('output', field)
}

function classifyOutputType(name: string, before: Json | undefined, after: Json | undefined): Verdict {
  if (before === undefined) return spec('no', `nothing was said about the type of ${name} before`)
  if (after === undefined) return spec('maybe', `callers can no longer rely on the type of ${name}`)
  return spec('yes', `callers read ${name} as another type`)
}

function otherField(noun: 'input' | 'output', field: string): Verdict {
  return metadata(KNOWN_FIELDS[noun].has(field) ? 'only people read it' : `the format does not know ${cutName(field)}`)
}
