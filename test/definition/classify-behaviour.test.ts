import { describe, expect, test } from 'vitest'
import { classifyDifferences } from '../../src/definition/classify.ts'
import type { Json, JsonObject } from '../../src/definition/json.ts'
import { aDefinition } from '../support/fixtures.ts'

const withPattern = (fields: JsonObject) =>
  aDefinition({ capabilities: { c: { description: 'C.', patterns: { p: fields } } } })
/** `kind breaking: reason` of each difference between two patterns. */
const said = (before: JsonObject, after: JsonObject) =>
  classifyDifferences(withPattern(before), withPattern(after)).map(
    ({ kind, breaking, reason }) => `${kind} ${breaking}: ${reason}`,
  )

/** name, before, after, and what is said from the one to the other and back. */
type Case = readonly [string, JsonObject, JsonObject, string, string]

function check(cases: readonly Case[]): void {
  test.each(cases)('%s', (_name, before, after, forth, back) => {
    expect(said(before, after)).toEqual([forth])
    expect(said(after, before)).toEqual([back])
  })
}

describe('a policy', () => {
  const policy = (fields: JsonObject) => ({ policy: fields })
  const dropped = 'behaviour yes: callers rely on a person who approves each run of p, and nobody is asked now'
  const asked = 'behaviour yes: callers of p now stop until a person approves'
  const asMuch = 'behaviour no: p asks for approval no more and no less than before'
  const raised = 'behaviour maybe: p may now run against production systems, which were kept from it'
  const lowered = 'behaviour yes: callers who run p against production systems no longer may'
  const asSafe = 'behaviour no: p is as safe for production as before'
  check([
    ['approval', policy({ requires_approval: false }), policy({ requires_approval: true }), asked, dropped],
    ['approval, by leaving it out', policy({}), policy({ requires_approval: true }), asked, dropped],
    ['approval, by leaving the policy out', {}, policy({ requires_approval: true }), asked, dropped],
    ['no approval, said', policy({}), policy({ requires_approval: false }), asMuch, asMuch],
    ['production_safe', policy({ production_safe: false }), policy({ production_safe: true }), raised, lowered],
    ['production_safe, by leaving it out', policy({}), policy({ production_safe: true }), raised, lowered],
    ['not production_safe, said', policy({}), policy({ production_safe: false }), asSafe, asSafe],
    ...(['max_cost', 'max_execution_time', 'max_N_immediate'] as const).flatMap((field): Case[] => [
      [
        `another ${field}`,
        policy({ [field]: 5 }),
        policy({ [field]: 50 }),
        `behaviour maybe: a run may now reach a higher ${field} than callers reckon with`,
        `behaviour maybe: a run above the lower ${field} may be refused`,
      ],
      [
        `a ${field} where there was none`,
        policy({}),
        policy({ [field]: 5 }),
        `behaviour maybe: a run above the new ${field} may be refused`,
        `behaviour maybe: callers may rely on the ${field} that no longer bounds a run`,
      ],
    ]),
    ...(['x > 5', { over: 5 }] as const).map(
      (when): Case => [
        'when it belongs in the background',
        policy({}),
        policy({ requires_background_if: when }),
        'behaviour maybe: p may run in the background when callers wait for it',
        'behaviour maybe: p may run in the background when callers wait for it',
      ],
    ),
    [
      'an unknown field',
      policy({}),
      policy({ requires_mfa: true }),
      'behaviour maybe: the format does not know what the policy requires_mfa asks of callers',
      'behaviour maybe: the format does not know what the policy requires_mfa asks of callers',
    ],
    ['an empty one', {}, policy({}), 'behaviour no: there is nothing in it', 'behaviour no: there is nothing in it'],
  ])

  test('that goes whole is as bad as the worst of it', () => {
    const whole = { max_cost: 5, requires_approval: true, production_safe: true }
    expect(said(policy(whole), {})).toEqual([`${dropped}; ${lowered.replace('behaviour yes: ', '')}`])
    expect(said({}, policy(whole))).toEqual([asked])
  })
})

describe.each(['time_estimate_ms', 'cost_estimate'])('%s', (field) => {
  const must = (names: string) => `behaviour yes: callers who evaluate ${field} must now give ${names}`
  const may = (names: string) => `behaviour maybe: callers who evaluate ${field} where it is given may have no ${names}`
  const another = `behaviour no: ${field} gives another number from what callers have`
  const gone = `behaviour maybe: callers can no longer evaluate ${field}`
  const unreadable = `behaviour maybe: ${field} cannot be read as an expression`
  test.each<[Json | undefined, Json | undefined, string, string]>([
    [5, 6, another, another],
    [5, '5.5', another, another],
    ['2 * x', '3 * x + 1', another, another],
    ['x', 'x + y', must('y'), another],
    [5, 'y + log(x)', must('x, y'), another],
    ['x', 'X', must('X'), must('x')],
    [undefined, 5, another, gone],
    [undefined, 'x', may('x'), gone],
    ['x +', 'x', unreadable, unreadable],
  ])('from %j to %j', (before, after, forth, back) => {
    const estimate = (value: Json | undefined) => (value === undefined ? {} : { [field]: value })
    expect(said(estimate(before), estimate(after))).toEqual([forth])
    expect(said(estimate(after), estimate(before))).toEqual([back])
  })
})

describe('another field of a pattern', () => {
  const rely = (field: string) => `behaviour maybe: callers may rely on the ${field} that p had`
  const chosen = 'behaviour no: p may be chosen more or less often, and is called as before'
  const people = 'metadata no: only people read it'
  const less = 'behaviour maybe: callers may rely on what p now says it cannot do'
  const could = 'behaviour no: p can do what it could'
  const form = 'spec maybe: the output may have another form'
  const reach = 'spec maybe: inputs may reach the API in another way'
  const unsaid = 'spec no: nothing was said about it before'
  check([
    ['scope', { scope: 'batch' }, { scope: 'single_item' }, rely('scope'), rely('scope')],
    ['completeness', {}, { completeness: 'partial' }, rely('completeness'), rely('completeness')],
    ['complexity_score', { complexity_score: 0.1 }, { complexity_score: 0.9 }, chosen, chosen],
    ['preference_match', {}, { preference_match: { speed: 1 } }, chosen, chosen],
    ['one preference', { preference_match: { speed: 0 } }, { preference_match: { speed: 1 } }, chosen, chosen],
    ['limitations', {}, { limitations: ['a'] }, less, could],
    ['one more limitation', { limitations: ['a'] }, { limitations: ['b', 'a'] }, less, could],
    ['another limitation', { limitations: ['a'] }, { limitations: ['b'] }, less, less],
    ['limitations in another order', { limitations: ['a', 'b'] }, { limitations: ['b', 'a'] }, could, could],
    ['output_schema', {}, { output_schema: { a: 1 } }, unsaid, form],
    ['a part of output_schema', { output_schema: { a: 1 } }, { output_schema: { a: 1, b: 1 } }, form, form],
    ['api_parameters', {}, { api_parameters: { a: 1 } }, unsaid, reach],
    ['a part of api_parameters', { api_parameters: { a: 1 } }, { api_parameters: { a: 2 } }, reach, reach],
    ['description', {}, { description: 'D.' }, people, people],
    ['typical_use_cases', {}, { typical_use_cases: ['a'] }, people, people],
    ['example_request', {}, { example_request: { a: 1 } }, people, people],
    ['examples', {}, { examples: [1] }, people, people],
    [
      'an unknown field',
      {},
      { weight: 1 },
      'metadata no: the format does not know weight',
      'metadata no: the format does not know weight',
    ],
  ])
})
