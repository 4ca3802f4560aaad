import { expect, test } from 'vitest'
import { formatProblem } from '../../src/definition/problem.ts'
import { validateText } from '../../src/definition/validate.ts'

const HEAD =
  'tool_name: grep\nversion: "1.0"\ndescription: d\nplatform: linux\ncategory: system\ncapabilities:\n  a:\n    patterns:\n      p:'

/** name, what stands on line 10 and below, the one error. The value of `cost_estimate: ` starts in column 24. */
const CASES: readonly (readonly [string, string, string])[] = [
  ['plain', 'cost_estimate: 5 + $', '10:28 unexpected "$"'],
  ['plain, cut short: right behind it', 'cost_estimate: 5 +', '10:27 unexpected the end'],
  ['plain, with a comment behind it', 'cost_estimate: 5 ) # free', '10:26 unexpected ")"'],
  ['double quotes', 'cost_estimate: "5 + $"', '10:29 unexpected "$"'],
  [
    'single quotes',
    "cost_estimate: '5 + foo(1)'",
    '10:29 no function foo; there are log, log10, sqrt, min, max, abs, ceil, floor',
  ],
  ['a doubled single quote before it', "cost_estimate: '''5'", `10:25 unexpected "'"`],
  ['escapes before it', 'cost_estimate: "\\x35 + \\u0035 $"', '10:39 unexpected "$"'],
  ['behind an anchor', 'cost_estimate: &a "5 $"', '10:30 unexpected "$"'],
  ['behind a tag', 'cost_estimate: !!str 5 $', '10:32 unexpected "$"'],
  ['on the next line', 'cost_estimate:\n          "5 $"', '11:14 unexpected "$"'],
  ['folded: at its start', 'cost_estimate: >\n          5 +\n          $', '10:24 unexpected "$"'],
  [
    'a wrong number of operands, at the function',
    'cost_estimate: 1 + min(2)',
    '10:28 min takes 2 to 8 operands, not 1',
  ],
  ['too long, where it gets too long', `cost_estimate: ${'1+'.repeat(100)}1`, '10:224 longer than 200 characters'],
]

test.each(CASES)('an error inside an expression is pointed at inside the text: %s', (_name, body, expected) => {
  const [place, message] = [expected.slice(0, expected.indexOf(' ')), expected.slice(expected.indexOf(' ') + 1)]
  const { problems } = validateText(`${HEAD}\n        ${body}\n`)
  const errors = problems.filter(({ severity }) => severity === 'error').map((problem) => formatProblem('f', problem))
  expect(errors).toEqual([`f:${place} error pattern.cost_estimate: not an expression: ${message}`])
})

test('an alias to a broken expression is pointed at where it is used', () => {
  const { problems } = validateText(`${HEAD}\n        time_estimate_ms: &e 1 +\n        cost_estimate: *e\n`)
  const errors = problems.filter(({ severity }) => severity === 'error').map((problem) => formatProblem('f', problem))
  expect(errors).toEqual([
    'f:10:33 error pattern.time_estimate_ms: not an expression: unexpected the end',
    'f:11:24 error pattern.cost_estimate: not an expression: unexpected the end',
  ])
})

test('an alias to a broken expression in a flow mapping is pointed at where it is used', () => {
  const { problems } = validateText(`${HEAD} { time_estimate_ms: &e 1 +, cost_estimate: *e }\n`)
  const errors = problems.filter(({ severity }) => severity === 'error')
  expect(errors.map(({ line, column }) => `${line}:${column}`)).toEqual(['9:36', '9:53'])
})

test('in JSON, an error inside an expression is pointed at inside the string', () => {
  const text =
    '{"tool_name": "grep", "version": "1.0", "description": "d", "platform": "linux", "category": "system",\n"capabilities": {"a": {"patterns": {"p": {"cost_estimate": "\\u0031 $"}}}}}'
  const errors = validateText(text).problems.filter(({ severity }) => severity === 'error')
  expect(errors.map(({ line, column }) => `${line}:${column}`)).toEqual(['2:68'])
})
