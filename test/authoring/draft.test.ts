import { expect, test } from 'vitest'
import { draftText, nameProblem, problemsAt, withValue } from '../../src/authoring/draft.ts'
import { previewExpression } from '../../src/authoring/expression-preview.ts'
import { similarTools, suggestedCapabilities, suggestedWords } from '../../src/authoring/suggestions.ts'
import { valueAt } from '../../src/definition/json.ts'
import { validateText } from '../../src/definition/validate.ts'
import { aDefinition } from '../support/fixtures.ts'

test('values are set, replaced and taken out in mappings and lists, and the document before stays as it was', () => {
  const before = withValue({}, ['a', 'b'], 1)
  const list = withValue(before, ['list'], [{ name: 'x' }, { name: 'y' }])
  expect(withValue(list, ['list', 1, 'type'], 'string')).toEqual({
    a: { b: 1 },
    list: [{ name: 'x' }, { name: 'y', type: 'string' }],
  })
  expect(withValue(list, ['list', 0], undefined)).toEqual({ a: { b: 1 }, list: [{ name: 'y' }] })
  expect(withValue(before, ['a', 'b'], undefined)).toEqual({ a: {} })
  expect(valueAt(list, ['list', 1, 'name'])).toBe('y')
  expect(valueAt(list, ['a', 'toString'])).toBeUndefined()
  expect(before).toEqual({ a: { b: 1 } })
})

test('an answer is judged by itself, in the words of the validator, while the rest is still to come', () => {
  expect(problemsAt({ platform: 'linux' }, ['platform'])).toEqual([])
  expect(problemsAt({ version: 'latest', tool_name: 'a b' }, ['version'])).toMatchObject([
    { code: 'definition.version' },
  ])
  const capabilities = { c: { description: 'C.' } }
  expect(nameProblem({ capabilities }, ['capabilities'], 'C')).toBe('"C" is there already')
  expect(nameProblem({ capabilities }, ['capabilities'], 'a b')).toBe('must be letters, digits and . _ -')
  expect(nameProblem({ capabilities }, ['capabilities'], 'd')).toBeUndefined()
})

test('the text of a draft is in the usual order and says the same', () => {
  const { metadata, capabilities, ...rest } = aDefinition()
  const text = draftText({ metadata: metadata ?? {}, capabilities: capabilities ?? {}, ...rest })
  expect(text.match(/^\w+/gm)).toEqual([
    'tool_name',
    'version',
    'description',
    'platform',
    'category',
    'capabilities',
    'metadata',
  ])
  expect(validateText(text)).toEqual({ problems: [], document: aDefinition() })
})

test('an expression is shown with what it gives, or with what is wrong', () => {
  expect(previewExpression('2 * 3', 'ms')).toBe('= 6 ms')
  expect(previewExpression('10 + N / 4', 'ms')).toBe('N = 1: 10.25 ms; N = 100: 35 ms; N = 10,000: 2,510 ms')
  expect(previewExpression('a + b', 'units')).toContain('a = b = 100: 200 units')
  expect(previewExpression('1 / (N - 1)', 'ms')).toContain(
    'N = 1: the result is not a finite number; N = 100: 0.010101 ms',
  )
  expect(previewExpression('foo(1)', 'ms')).toMatch(/^not an expression: no function foo/)
  expect(previewExpression(' ', 'ms')).toMatch(/^A number, or/)
})

const tool = (name: string, description: string, capability: string) => ({
  name,
  description,
  platform: 'linux',
  category: 'system',
  capabilities: [{ name: capability, description: `Meaning of ${capability}.` }],
})

test('suggestions put first what is used most, and what similar tools can do', () => {
  const tools = [
    tool('grep', 'Print lines that match a regular expression.', 'text_search'),
    tool('ripgrep', 'Search directories for a regular expression.', 'text_search'),
    tool('du', 'Estimate the space that directories take.', 'disk_usage'),
    tool('top', 'Processes by what they use.', 'process_inspection'),
  ]
  expect(suggestedWords(['linux', 'cloud', 'linux'], ['cloud', 'macos'])).toEqual([
    { value: 'linux', note: '2 tools' },
    { value: 'cloud', note: '1 tool' },
    { value: 'macos', note: '' },
  ])
  const similar = similarTools(tools, 'ncdu', 'Show the space that each directory takes, directories first.')
  expect(similar.map(({ name }) => name)).toEqual(['du'])
  expect(similarTools(tools, 'gerp', 'Nothing alike.').map(({ name }) => name)).toEqual(['grep'])
  expect(suggestedCapabilities(tools, similar)).toEqual([
    { value: 'disk_usage', note: 'Meaning of disk_usage.' },
    { value: 'text_search', note: 'Meaning of text_search.' },
    { value: 'process_inspection', note: 'Meaning of process_inspection.' },
  ])
})
