import { describe, expect, test } from 'vitest'
import { formatProblem, type Severity } from '../../src/definition/problem.ts'
import { validateText } from '../../src/definition/validate.ts'

const HEAD = ['tool_name: grep', 'version: "1.0"', 'description: d', 'platform: linux', 'category: system']

function linesOf(severity: Severity, text: string): string[] {
  const { problems } = validateText(text)
  return problems.filter((problem) => problem.severity === severity).map((problem) => formatProblem('f', problem))
}
/** The body starts at line 6. */
const errors = (...body: string[]) => linesOf('error', [...HEAD, ...body, ''].join('\n'))
const warnings = (...body: string[]) => linesOf('warning', [...HEAD, ...body, ''].join('\n'))

describe('a problem stands at its value', () => {
  test('in block YAML, with a comment behind it and comments between', () => {
    expect(
      errors(
        'capabilities:',
        '  # what it does',
        '  search:',
        '    patterns:',
        '',
        '      # how',
        '      p:',
        '        complexity_score: 1.4 # too much',
      ),
    ).toEqual(['f:13:27 error pattern.complexity_score: 1.4 is above 1'])
  })

  test('in flow YAML', () => {
    expect(errors('capabilities: { search: { patterns: { p: { complexity_score: -1, scope: 5 } } } }')).toEqual([
      'f:6:62 error pattern.complexity_score: -1 is below 0',
      'f:6:73 error pattern.scope: must be a string, not a number',
    ])
  })

  test('in flow YAML over several lines', () => {
    expect(
      errors('capabilities:', '  { search:', '      { patterns: { p: {', '        complexity_score: "x" } } } }'),
    ).toEqual(['f:9:27 error pattern.complexity_score: must be a number, not a string'])
  })

  test('quoted, at the quote', () => {
    expect(errors("status: 'nope'", 'enabled: "yes"')).toEqual([
      'f:6:9 error definition.status: must be one of draft, testing, active, deprecated, disabled, not "nope"',
      'f:7:10 error definition.enabled: must be true or false, not a string',
    ])
  })

  test('on a line of its own under its key', () => {
    expect(errors('status:', '', '  # a comment', '  nope')).toEqual([
      'f:9:3 error definition.status: must be one of draft, testing, active, deprecated, disabled, not "nope"',
    ])
  })

  test('left out, right behind its key and not at the next one', () => {
    expect(
      errors(
        'capabilities:',
        '  search:',
        '    description:',
        '    patterns:',
        '      p:',
        '        complexity_score:',
        '        scope: batch',
      ),
    ).toEqual([
      'f:8:17 error capability.description: must be a string, not null',
      'f:11:26 error pattern.complexity_score: must be a number, not null',
    ])
  })

  test('in JSON with tabs, which count as one column', () => {
    const text =
      '{\n\t"tool_name": "grep",\n\t"version": "1.0",\n\t"description": "d", "platform": "linux", "category": 5,\n\t"capabilities": {"search": {"patterns": {"p": {"complexity_score": 1.4}}}}\n}'
    expect(linesOf('error', text)).toEqual([
      'f:4:55 error definition.category: must be a string, not a number',
      'f:5:69 error pattern.complexity_score: 1.4 is above 1',
    ])
  })

  test('with CRLF line ends', () => {
    const text = [...HEAD, 'status: nope', 'capabilities:', '  a:', '    patterns: 5', ''].join('\r\n')
    expect(linesOf('error', text)).toEqual([
      'f:6:9 error definition.status: must be one of draft, testing, active, deprecated, disabled, not "nope"',
      'f:9:15 error capability.patterns: must be a mapping or a list, not a number',
    ])
  })

  test('behind a byte order mark, which is no column', () => {
    expect(linesOf('error', `\ufefftool_name: a b\n${HEAD.slice(1).join('\n')}`)).toEqual([
      'f:1:12 error definition.tool_name: must be letters, digits and . _ + - (at most 128, a letter or digit first)',
    ])
  })

  test('in the list shape, at the item', () => {
    expect(
      errors(
        'capabilities:',
        '- capability_name: a',
        '  patterns:',
        '  - pattern_name: p',
        '    complexity_score: 2',
        '  - scope: batch',
        '- capability_name: A',
      ),
    ).toEqual([
      'f:10:23 error pattern.complexity_score: 2 is above 1',
      'f:11:5 error pattern.pattern_name: is missing',
      'f:12:20 error capability.capability_name: "A" is there twice',
    ])
  })

  test('in lists of values, flow and block', () => {
    expect(errors('tags: [a, 5, [b], ~]', 'metadata:', '  tags:', '  - a', '  - { b: c }', '  - 7')).toEqual([
      'f:6:11 error definition.tags: must be a string, not a number',
      'f:6:14 error definition.tags: must be a string, not a list',
      'f:6:19 error definition.tags: must be a string, not null',
      'f:10:5 error metadata.tags: must be a string, not a mapping',
      'f:11:5 error metadata.tags: must be a string, not a number',
    ])
  })

  test('behind items the text leaves out, and at the list for those', () => {
    expect(errors('tags:', '  - a', '  -', '  - 7')).toEqual([
      'f:7:3 error definition.tags: must be a string, not null',
      'f:9:5 error definition.tags: must be a string, not a number',
    ])
  })

  test('under explicit keys', () => {
    expect(
      errors('capabilities:', '  ? search', '  : patterns:', '      ? "p"', '      : complexity_score: 3'),
    ).toEqual(['f:10:27 error pattern.complexity_score: 3 is above 1'])
  })

  test('at the alias or the merge key that brought it in', () => {
    expect(
      errors(
        'x: &p',
        '  complexity_score: 4',
        'capabilities:',
        '  a:',
        '    patterns:',
        '      p: *p',
        '      q:',
        '        <<: *p',
        '        scope: 1',
      ),
    ).toEqual([
      'f:11:10 error pattern.complexity_score: 4 is above 1',
      'f:13:9 error pattern.complexity_score: 4 is above 1',
      'f:14:16 error pattern.scope: must be a string, not a number',
    ])
  })
})

describe('a field that is missing is reported where it belongs', () => {
  test('at the start of the definition, behind its comments', () => {
    expect(linesOf('error', '# a tool\n\ntool_name: grep\nversion: "1.0"\nplatform: linux\n')).toEqual([
      'f:3:1 error definition.description: is required',
      'f:3:1 error definition.category: is required',
    ])
  })

  test('at the first field inside the wrapper', () => {
    const text = 'tool:\n  # hi\n  name: grep\n  version: "1.0"\n  platform: linux\n  category: system\n  status: 5\n'
    expect(linesOf('error', text)).toEqual([
      'f:3:3 error definition.description: is required',
      'f:7:11 error definition.status: must be one of draft, testing, active, deprecated, disabled, not 5',
    ])
  })

  test('at the input without a name', () => {
    expect(
      errors(
        'capabilities:',
        '  a:',
        '    patterns:',
        '      p:',
        '        required_inputs:',
        '        - { name: x }',
        '        - type: string',
      ),
    ).toEqual(['f:12:11 error input.name: is required'])
  })

  test('wanted but not needed: a warning at the key of what lacks it', () => {
    expect(warnings('capabilities:', '  search:', '    patterns: {}')).toEqual([
      'f:7:3 warning capability.description: search has no description',
      'f:7:3 warning capability.patterns: search has no patterns',
    ])
  })
})

test('a field that is not known is a warning at its key, with the nearest known one', () => {
  expect(warnings('statsu: active', '"Author": me')).toEqual([
    'f:6:1 warning definition.unknown_field: "statsu" is kept, but not part of the format; did you mean "status"?',
    'f:7:1 warning definition.unknown_field: "Author" is kept, but not part of the format',
  ])
})

test('a text that is part of a stream counts lines from where it starts', () => {
  const { problems } = validateText([...HEAD, 'status: nope'].join('\n'), 101)
  expect(problems.map(({ line, column }) => `${line}:${column}`)).toEqual(['106:9'])
  expect(validateText('a: [', 101).problems[0]?.line).toBe(101)
})
