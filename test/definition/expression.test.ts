import { describe, expect, test } from 'vitest'
import { evaluateExpression, expressionVariables, parseExpression } from '../../src/definition/expression.ts'
import { ExpressionError } from '../../src/definition/expression-tokens.ts'

const evaluate = (text: string | number, variables: Record<string, number> = {}) =>
  evaluateExpression(parseExpression(text), variables)

function errorOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof ExpressionError) return `${error.index} ${error.message}`
    throw error
  }
  return 'no error'
}

describe('an expression means what it means in Python', () => {
  test.each<[string, number]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['100 / 10 / 2', 5],
    ['2 * 3 % 4', 2],
    ['7 // 2 * 2', 6],
    ['2 ** 3 ** 2', 512],
    ['(2 ** 3) ** 2', 64],
    ['-2 ** 2', -4],
    ['(-2) ** 2', 4],
    ['2 ** -1', 0.5],
    ['2 ** -1 ** 2', 0.5],
    ['-2 ** -2', -0.25],
    ['2 * -3', -6],
    ['2 - -3', 5],
    ['--3', 3],
    ['+3', 3],
    ['-+-3', 3],
    ['+2 ** 2', 4],
    ['2 * 3 ** 2', 18],
    ['7 // 2', 3],
    ['-7 // 2', -4],
    ['7 // -2', -4],
    ['-7 // -2', 3],
    ['6 // -2', -3],
    ['1 // 0.1', 9],
    ['5.5 // 2', 2],
    ['7 % 3', 1],
    ['-7 % 3', 2],
    ['7 % -3', -2],
    ['-7 % -3', -1],
    ['6 % -3', 0],
    ['5.5 % 2', 1.5],
    ['1 % 0.1', 0.09999999999999995],
    ['-(7 % 3)', -1],
    ['1_000_000', 1_000_000],
    ['1.5e3', 1500],
    ['.5', 0.5],
    ['5.', 5],
    ['1E-2', 0.01],
    ['  1+1\t', 2],
    ['log(1)', 0],
    ['log(8, 2)', 3],
    ['log10(1000)', 3],
    ['sqrt(16)', 4],
    ['min(3, 1, 2)', 1],
    ['max(3, 1, 2)', 3],
    ['abs(-5)', 5],
    ['ceil(1.2)', 2],
    ['floor(-1.2)', -2],
    ['ceil(-1.2)', -1],
    ['max(1, min(5, 3)) + abs(2 - 5)', 6],
    ['-abs(-2) ** 2', -4],
  ])('%s = %d', (text, value) => {
    expect(evaluate(text)).toBeCloseTo(value, 12)
  })

  test('a number is an expression', () => {
    expect(evaluate(500)).toBe(500)
    expect(evaluate(-1.5)).toBe(-1.5)
    expect(evaluate(1e21)).toBe(1e21)
  })

  test('names are variables of the caller, whatever else they are called in JavaScript', () => {
    expect(evaluate('500 + 0.1 * file_size_kb', { file_size_kb: 200 })).toBe(520)
    expect(evaluate('ceil(N / 100)', { N: 101 })).toBe(2)
    expect(evaluate('log + min', { log: 1, min: 2 })).toBe(3)
    expect(expressionVariables(parseExpression('b + max(a, N) * b - log(_x1)'))).toEqual(['N', '_x1', 'a', 'b'])
    for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty']) {
      expect(errorOf(() => evaluate(name))).toBe(`0 the variable ${name} is not given`)
    }
  })
})

describe('what is not an expression is refused, with the place', () => {
  test.each<[string, string]>([
    ['', '0 unexpected the end'],
    ['   ', '0 unexpected the end'],
    ['1 +', '3 unexpected the end'],
    ['1 +  ', '3 unexpected the end'],
    ['* 2', '0 unexpected "*"'],
    ['1 2', '2 unexpected "2"'],
    ['2 x', '2 unexpected "x"'],
    ['2(3)', '1 unexpected "("'],
    ['(1', '2 unexpected the end, wanted ")"'],
    ['1)', '1 unexpected ")"'],
    ['()', '1 unexpected ")"'],
    ['a, b', '1 unexpected ","'],
    ['1 + $', '4 unexpected "$"'],
    ['a.b', '1 unexpected "."'],
    ['a[0]', '1 unexpected "["'],
    ['a = 1', '2 unexpected "="'],
    ['a; b', '1 unexpected ";"'],
    ['x if y', '2 unexpected "if"'],
    ['"a"', '0 unexpected "\\""'],
    ['5 × 3', '2 unexpected "×"'],
    ['größe', '2 unexpected "ö"'],
    ['2 ^ 3', '2 unexpected "^"'],
    ['1 *** 2', '4 unexpected "*"'],
    ['1 /// 2', '4 unexpected "/"'],
    ['1.2.3', '3 unexpected ".3"'],
    ['0x1f', '1 unexpected "x1f"'],
    ['eval(1)', '0 no function eval; there are log, log10, sqrt, min, max, abs, ceil, floor'],
    ['1 + constructor(1)', '4 no function constructor; there are log, log10, sqrt, min, max, abs, ceil, floor'],
    ['min(1)', '0 min takes 2 to 8 operands, not 1'],
    ['sqrt()', '0 sqrt takes 1 operands, not 0'],
    ['1 + log(1, 2, 3)', '4 log takes 1 to 2 operands, not 3'],
    ['max(1,2,3,4,5,6,7,8,9)', '0 max takes 2 to 8 operands, not 9'],
    ['min(1,)', '6 unexpected ")"'],
    ['min(1 2)', '6 unexpected "2", wanted ")"'],
    ['1e999', '0 the number is too large'],
  ])('%j: %s', (text, expected) => {
    expect(errorOf(() => parseExpression(text))).toBe(expected)
  })
})

describe('an expression is bounded', () => {
  test('to 200 characters', () => {
    expect(evaluate(`${' '.repeat(199)}1`)).toBe(1)
    expect(errorOf(() => parseExpression(`${' '.repeat(200)}1`))).toBe('200 longer than 200 characters')
    expect(errorOf(() => parseExpression('('.repeat(1_000_000)))).toBe('200 longer than 200 characters')
  })

  test('to 50 numbers, names and operations', () => {
    expect(evaluate(`1${'+1'.repeat(24)}`)).toBe(25)
    expect(errorOf(() => parseExpression(`1${'+1'.repeat(25)}`))).toBe('49 more than 50 parts')
  })

  test('to ten levels', () => {
    const nested = (levels: number) => `${'('.repeat(levels)}1${')'.repeat(levels)}`
    expect(evaluate(nested(10))).toBe(1)
    expect(errorOf(() => parseExpression(nested(11)))).toBe('11 nested deeper than 10')
    for (const text of ['-'.repeat(150), '+'.repeat(150), '2**'.repeat(20), 'abs('.repeat(40)]) {
      expect(errorOf(() => parseExpression(`${text}1`))).toMatch(/nested deeper than 10$/)
    }
  })
})

test('a result that is no finite number is an error, never NaN or Infinity', () => {
  for (const text of [
    '1 / 0',
    '1 // 0',
    '1 % 0',
    '0 ** -1',
    'log(0)',
    'log(-1)',
    'sqrt(-1)',
    '(-8) ** 0.5',
    '10 ** 400',
    '0 / 0',
  ]) {
    expect(
      errorOf(() => evaluate(text)),
      text,
    ).toBe('0 the result is not a finite number')
  }
})
