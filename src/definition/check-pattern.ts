import type { z } from 'zod'
import type { Checker } from './checker.ts'
import type { NamedPart } from './definition.ts'
import { parseExpression } from './expression.ts'
import { ExpressionError } from './expression-tokens.ts'
import { isList, isObject, type Json, scalarText } from './json.ts'
import { Pattern } from './schema.ts'
import type { Path } from './source.ts'
import { COMPLETENESS, SCOPES, VALUE_TYPES } from './vocabulary.ts'

/** What a pattern must say before anyone can choose it: estimates, scope, policy, limits, inputs and outputs. */
const WANTED = [
  'description',
  'typical_use_cases',
  'time_estimate_ms',
  'cost_estimate',
  'complexity_score',
  'scope',
  'completeness',
  'policy',
  'preference_match',
]
const WANTED_POLICY = ['max_cost', 'requires_approval', 'production_safe', 'max_execution_time']

/** Check one pattern: its fields, its expressions, its inputs and outputs, its words. */
export function checkPattern(checker: Checker, pattern: NamedPart): void {
  const { fields, path } = pattern
  checker.check(Pattern as z.ZodType, fields, path, 'pattern')
  checker.unknownFields('pattern', fields, path)
  checker.wanted(WANTED, pattern, 'pattern')
  checker.knownWord([...path, 'scope'], 'pattern.scope', fields.scope, SCOPES)
  checker.knownWord([...path, 'completeness'], 'pattern.completeness', fields.completeness, COMPLETENESS)
  for (const field of ['time_estimate_ms', 'cost_estimate']) checkExpression(checker, pattern, field)
  checkPolicy(checker, pattern)
  checkValues(checker, pattern)
}

function checkExpression(checker: Checker, { fields, path }: NamedPart, field: string): void {
  const value = fields[field]
  if (typeof value !== 'string' && typeof value !== 'number') return
  try {
    parseExpression(value)
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    const place = checker.insideText([...path, field], error.index)
    checker.at(place, 'error', [...path, field], `pattern.${field}`, `not an expression: ${error.message}`)
  }
}

function checkPolicy(checker: Checker, { name, fields, path }: NamedPart): void {
  const policy = fields.policy
  if (isObject(policy)) {
    checker.unknownFields('policy', policy, [...path, 'policy'])
    checker.wanted(
      WANTED_POLICY,
      { name: `the policy of ${name}`, fields: policy, path: [...path, 'policy'] },
      'policy',
    )
  }
  const match = fields.preference_match
  if (isObject(match)) checker.unknownFields('preference_match', match, [...path, 'preference_match'])
}

/** Inputs and outputs: known types, no name twice, and validations that are regular expressions. */
function checkValues(checker: Checker, { fields, path }: NamedPart): void {
  const inputNames = new Set<string>()
  for (const [list, noun, names] of [
    ['required_inputs', 'input', inputNames],
    ['optional_inputs', 'input', inputNames],
    ['expected_outputs', 'output', new Set<string>()],
  ] as const) {
    const values = fields[list]
    if (!isList(values)) continue
    values.forEach((value, index) => {
      if (!isObject(value)) return
      const place = [...path, list, index]
      checker.unknownFields(noun, value, place)
      checker.wanted(['type', 'description'], { name: scalarText(value.name), fields: value, path: place }, noun)
      checker.knownWord([...place, 'type'], `${noun}.type`, value.type, VALUE_TYPES)
      checkRegularExpression(checker, value.validation, [...place, 'validation'])
      if (typeof value.name !== 'string') return
      if (names.has(value.name)) checker.error([...place, 'name'], `${noun}.name`, `"${value.name}" is there twice`)
      names.add(value.name)
    })
  }
}

function checkRegularExpression(checker: Checker, value: Json | undefined, path: Path): void {
  if (typeof value !== 'string') return
  try {
    // Constructing compiles nothing that runs: V8 compiles on first use, and nothing here uses it.
    new RegExp(value)
  } catch {
    checker.error(path, 'input.validation', 'is not a regular expression')
  }
}
