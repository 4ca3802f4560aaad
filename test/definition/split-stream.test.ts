import { expect, test } from 'vitest'
import { splitStream } from '../../src/definition/serialise.ts'
import { parseSource } from '../../src/definition/source.ts'

/** First line and value of each part. */
function parts(stream: string) {
  return splitStream(stream).map(({ text, firstLine }) => {
    const parsed = parseSource(text, firstLine)
    return [firstLine, parsed.ok ? parsed.source.value : parsed.problem.code]
  })
}

test.each<[string, string, unknown[]]>([
  ['one document', 'a: 1\n', [[1, { a: 1 }]]],
  [
    'documents with separators before, between and after',
    '---\na: 1\n---\na: 2\n---\n',
    [
      [2, { a: 1 }],
      [4, { a: 2 }],
    ],
  ],
  [
    'CRLF line ends',
    '---\r\na: 1\r\n---\r\na: 2\r\n',
    [
      [2, { a: 1 }],
      [4, { a: 2 }],
    ],
  ],
  [
    'comments before, between and after',
    '# one\n---\na: 1\n---\n# two\na: 2\n---\n  # end\n',
    [
      [3, { a: 1 }],
      [5, { a: 2 }],
    ],
  ],
  ['a comment on the separator', '--- # one\na: 1\n', [[2, { a: 1 }]]],
  [
    'a document that starts on the separator',
    '--- {a: 1}\n--- {a: 2}\n',
    [
      [1, { a: 1 }],
      [2, { a: 2 }],
    ],
  ],
  [
    'directives and end marks',
    '%YAML 1.2\n---\na: 1\n...\n%YAML 1.2\n---\na: 2\n',
    [
      [3, { a: 1 }],
      [7, { a: 2 }],
    ],
  ],
  [
    'separators inside a block scalar, indented',
    'a: |\n  ---\n  b\n---\na: 2\n',
    [
      [1, { a: '---\nb\n' }],
      [5, { a: 2 }],
    ],
  ],
  [
    'a word that starts like a separator',
    'b: 0\n---a: 1\n---\na: 2\n',
    [
      [1, { b: 0, '---a': 1 }],
      [4, { a: 2 }],
    ],
  ],
  [
    'JSON Lines',
    '{"a": 1}\n\n{"a": 2}\n',
    [
      [1, { a: 1 }],
      [3, { a: 2 }],
    ],
  ],
  [
    'JSON Lines with a broken one',
    '{"a": 1}\n{"a": \n{"a": 3}\n',
    [
      [1, { a: 1 }],
      [2, 'yaml.syntax'],
      [3, { a: 3 }],
    ],
  ],
  ['one JSON value over many lines', '{\n  "a": 1,\n  "b": {}\n}\n', [[1, { a: 1, b: {} }]]],
  [
    'flow mappings with separators',
    '{a: 1}\n---\n{a: 2}\n',
    [
      [1, { a: 1 }],
      [3, { a: 2 }],
    ],
  ],
  ['nothing', '# nothing\n\n---\n', []],
])('a stream comes apart: %s', (_name, stream, expected) => {
  expect(parts(stream)).toEqual(expected)
})

test('a problem in a later document stands at its line in the stream', () => {
  const [, second] = splitStream('---\na: 1\n--- {b: [}\n')
  const parsed = parseSource(second?.text ?? '', second?.firstLine)
  expect(parsed.ok ? undefined : [parsed.problem.line, parsed.problem.column]).toEqual([3, 10])
})
