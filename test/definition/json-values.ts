import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/definition/json.ts'

/** Strings that YAML readers take for something else, or that lose their white space when written carelessly. */
const AWKWARD = [
  '',
  ' ',
  '  leading',
  'trailing  ',
  'yes',
  'no',
  'on',
  'off',
  'y',
  'n',
  'Yes',
  'NO',
  'true',
  'False',
  'null',
  'Null',
  '~',
  '<<',
  '=',
  '-',
  '?',
  ':',
  '1.0',
  '1',
  '-1',
  '+1',
  '1_000',
  '0x1f',
  '0o17',
  '017',
  '0b11',
  '1e3',
  '1e999',
  '.5',
  '5.',
  '.inf',
  '-.Inf',
  '.nan',
  '12:30:45',
  '1:30',
  '2025-10-03',
  '2025-10-03T10:00:00Z',
  '- a',
  'a: b',
  'a #b',
  '#a',
  '&a',
  '*a',
  '!a',
  '!!str a',
  '|',
  '>',
  '%a',
  '@a',
  '`a`',
  "'",
  '"',
  "it's",
  '"quoted"',
  '{a}',
  '[a]',
  '{{ x }}',
  'a,b',
  '---',
  '...',
  '--- a',
  'a\n---\nb',
  'a\n...\nb',
  '---\n',
  'two\nlines',
  'two\nlines\n',
  'three\n\n\n',
  '\nfirst',
  '\n',
  '\n\n',
  ' \n',
  '\n ',
  '  indented\nless',
  'a\n  b\n c',
  'trailing \nspace \n',
  'a\r\nb\r\n',
  '\r',
  'a\rb',
  '\t',
  '\ttab',
  'tab\t',
  'a\n\tb',
  '# comment\ntext',
  'text\n# comment\n',
  'grüße',
  '日本語',
  '😀',
  '👩‍👩‍👧',
  'e\u0301',
  '\u00a0',
  '\u0085',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\u200b',
  '\ufffd',
  '\u{10ffff}',
  'a\\b',
  '\\n',
  '\\u0000',
  '$',
  '\u00ad',
  'x'.repeat(300),
  `${'long words '.repeat(30)}\nand more`,
  'constructor ',
  'key: |\n  text\n',
]

/** What no definition may hold (see `source.ts`); written otherwise here, so that a slip there shows. */
function isAllowed(text: string): boolean {
  return Array.from(text).every((character) => {
    const code = character.codePointAt(0) ?? 0
    const isControl = (code < 0x20 && ![9, 10, 13].includes(code)) || (code >= 0x7f && code <= 0x9f && code !== 0x85)
    const isBidi = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)
    const isNothing = (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff
    return !(isControl || isBidi || isNothing)
  })
}

export const texts = fc.oneof(
  fc.constantFrom(...AWKWARD),
  fc.string({ unit: 'binary', maxLength: 12 }).filter(isAllowed),
  fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r', 'a', '-', '#', ':', '"', "'", '|', '😀'), maxLength: 10 }),
)

/** JavaScript puts integer-like keys first whatever the text says; JSON has no way around it, nor have we. */
export const keys = texts.filter(
  (key) => !/^\d+$/.test(key) && !['__proto__', 'constructor', 'prototype'].includes(key),
)

const numbers = fc
  .oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0.1, 1e-7, 1.5e-10, 5e-324, -0.5),
  )
  // Integers beyond 2^53 are refused, because no reader keeps them; JSON text has no minus zero.
  .filter((value) => !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value)))

export const jsonValues: fc.Arbitrary<Json> = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    texts,
    numbers,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(keys, tie('value'), { maxKeys: 5, noNullPrototype: true }),
})).value
