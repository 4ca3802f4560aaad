import type { LocatedDifference } from './diff.ts'
import { isList, isObject, type Json, type JsonObject, scalarText } from './json.ts'
import { cutName } from './problem.ts'
import { KNOWN_FIELDS } from './schema.ts'
import { behaviour, metadata, spec, type Verdict, worst } from './verdict.ts'
import { normaliseWord } from './vocabulary.ts'

/** A difference in a field of the definition itself. */
export function classifyHeadField({ steps, before, after }: LocatedDifference): Verdict {
  const [field = '', ...inner] = steps
  switch (field) {
    case 'tool_name':
      return classifyName(scalarText(before), scalarText(after))
    case 'platform':
      return classifyPlatform(scalarText(before), scalarText(after))
    case 'execution_location':
      return spec('maybe', 'it may run somewhere else now')
    case 'dependencies':
      return classifyDependencies(before, after)
    case 'defaults':
      return behaviour(
        'maybe',
        `callers may rely on ${inner.length > 0 ? `the default ${place(inner)}` : 'its defaults'}`,
      )
    case 'category':
      return metadata('it is only listed elsewhere')
    case 'version':
      return metadata('every version has a name of its own')
    case 'status':
    case 'enabled':
      return metadata('the state of a tool is no part of what it does')
    default:
      return metadata(
        KNOWN_FIELDS.definition.has(field) ? 'only people read it' : `the format does not know ${cutName(field)}`,
      )
  }
}

function place(steps: readonly string[]): string {
  return cutName(steps.join('.'))
}

function classifyName(before: string, after: string): Verdict {
  return before.toLowerCase() === after.toLowerCase()
    ? spec('no', 'names are compared without case')
    : spec('yes', 'callers ask for it by the name it had')
}

function classifyPlatform(before: string, after: string): Verdict {
  return normaliseWord(before) === normaliseWord(after)
    ? spec('no', 'both words are compared as the same')
    : spec('yes', 'it no longer runs where callers run it')
}

/** Dependencies by name and type. One that does not say whether it is required may well be. */
function classifyDependencies(before: Json | undefined, after: Json | undefined): Verdict {
  const known = byNameAndType(before)
  const verdicts = [...byNameAndType(after)].map(([key, dependency]) => classifyDependency(known.get(key), dependency))
  return worst('spec', verdicts, 'it needs nothing more than before')
}

function classifyDependency(before: JsonObject | undefined, after: JsonObject): Verdict {
  const name = cutName(scalarText(after.name))
  if (after.required === false) return spec('no', `it works without ${name}`)
  if (before === undefined || before.required === false)
    return spec('maybe', `hosts that run it may have no ${name}, which it now needs`)
  if (scalarText(before.version) !== scalarText(after.version))
    return spec('maybe', `hosts that run it may have another version of ${name} than it now needs`)
  return spec('no', 'it needs nothing more than before')
}

function byNameAndType(value: Json | undefined): Map<string, JsonObject> {
  const dependencies = isList(value) ? value.filter(isObject) : []
  return new Map(dependencies.map((fields) => [JSON.stringify([fields.name, fields.type]), fields]))
}
