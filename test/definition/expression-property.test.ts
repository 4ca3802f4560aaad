import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateExpression, parseExpression } from '../../src/definition/expression.ts'
import { ExpressionError } from '../../src/definition/expression-tokens.ts'
import { printFully, printSparsely, type Tree, treesOf } from './expression-trees.ts'

const VARIABLES = { N: 7, size_kb: -3 }

/** The value in whole numbers without bounds; undefined for a division by zero. */
function exact(tree: Tree): bigint | undefined {
  switch (tree.kind) {
    case 'literal':
      return BigInt(tree.value)
    case 'variable':
      return BigInt(VARIABLES[tree.name])
    case 'minus':
      return negated(exact(tree.of))
    case 'power': {
      const base = exact(tree.base)
      return base === undefined ? undefined : base ** BigInt(tree.exponent)
    }
    case 'call':
      return called(tree.name, tree.operands.map(exact))
    case 'operation':
      return operated(tree.by, exact(tree.left), exact(tree.right))
  }
}

const negated = (value: bigint | undefined) => (value === undefined ? undefined : -value)

function called(name: 'min' | 'max' | 'abs', operands: readonly (bigint | undefined)[]): bigint | undefined {
  const [first, second = first] = operands
  if (first === undefined || second === undefined) return undefined
  if (name === 'abs') return first < 0n ? -first : first
  return first < second === (name === 'min') ? first : second
}

function operated(by: string, left: bigint | undefined, right: bigint | undefined): bigint | undefined {
  if (left === undefined || right === undefined) return undefined
  if (by === '+') return left + right
  if (by === '-') return left - right
  if (by === '*') return left * right
  if (right === 0n) return undefined
  // BigInt divides towards zero; Python towards minus infinity.
  const quotient = left / right - (left % right !== 0n && left < 0n !== right < 0n ? 1n : 0n)
  return by === '//' ? quotient : left - quotient * right
}

/** Whether every step of the evaluation fits a double exactly. */
function isExact(tree: Tree): boolean {
  const value = exact(tree)
  if (value === undefined || value > 2n ** 53n || value < -(2n ** 53n)) return false
  if (tree.kind === 'minus') return isExact(tree.of)
  if (tree.kind === 'power') return isExact(tree.base)
  if (tree.kind === 'operation') return isExact(tree.left) && isExact(tree.right)
  return tree.kind !== 'call' || tree.operands.every(isExact)
}

const wholeTrees = treesOf(fc.integer({ min: 0, max: 12 }))

test('an expression has the value that whole-number arithmetic gives its tree, however its parentheses are written', () => {
  fc.assert(
    fc.property(wholeTrees, (tree) => {
      fc.pre(isExact(tree))
      for (const text of [printFully(tree), printSparsely(tree)]) {
        // `+ 0` takes the sign off a zero.
        expect(evaluateExpression(parseExpression(text), VARIABLES) + 0, text).toBe(Number(exact(tree)))
      }
    }),
    { numRuns: 2000 },
  )
})

test('leaving out parentheses that are not needed never changes what is parsed', () => {
  fc.assert(
    fc.property(
      treesOf(fc.double({ min: 0, max: 100, noNaN: true }).map((value) => Math.round(value * 100) / 100)),
      (tree) => {
        expect(parseExpression(printSparsely(tree))).toEqual(parseExpression(printFully(tree)))
      },
    ),
  )
})

test('any text is an expression or an ExpressionError that points inside it, and any value of it is finite', () => {
  const pieces = fc.constantFrom(
    '1',
    '.5',
    'N',
    'x',
    '+',
    '-',
    '*',
    '**',
    '/',
    '//',
    '%',
    '(',
    ')',
    ',',
    ' ',
    'min(',
    'log(',
    '$',
    '😀',
    '\n',
    '1e9',
    '_',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
      const text = parts.join('')
      try {
        expect(Number.isFinite(evaluateExpression(parseExpression(text), { ...VARIABLES, x: 0, _: 2 }))).toBe(true)
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error
        expect(error.index).toBeGreaterThanOrEqual(0)
        expect(error.index).toBeLessThanOrEqual(text.length)
      }
    }),
    { numRuns: 2000 },
  )
})

const interpreter = process.env.PYTHON ?? 'python3'
const hasPython = spawnSync(interpreter, ['-c', '']).status === 0
const PYTHON = `
import json, math, sys
names = {n: getattr(math, n) for n in ('log', 'log10', 'sqrt', 'ceil', 'floor')} | {'min': min, 'max': max, 'abs': abs, 'N': 7, 'size_kb': -3}
def value(text):
    try: result = float(eval(text, {'__builtins__': {}}, names))
    except (ZeroDivisionError, OverflowError, ValueError, TypeError): return None
    return result if math.isfinite(result) else None
print(json.dumps([value(text) for text in json.load(sys.stdin)]))
`

test.skipIf(!hasPython)(
  '400 expressions with fractions have the value that Python gives them (skipped without python3)',
  () => {
    // One seed: rounding in the last place may differ between two pow() and be blown up by what comes after.
    const quarters = fc.integer({ min: 0, max: 40 }).map((value) => value / 4)
    const divisions = [
      '/ 4',
      '// 0.75',
      '% 0.1',
      '+ log(N + 1, 3)',
      '* sqrt(abs(size_kb))',
      '- ceil(N / 2.5)',
      '+ floor(-N / 2)',
      '** 2 ** 0.5 + log10(N)',
    ]
    const trees = fc.sample(treesOf(quarters), { numRuns: 400, seed: 20251122 })
    const texts = trees.map(
      (tree, index) => `${printSparsely({ kind: 'minus', of: tree })} ${divisions[index % divisions.length]}`,
    )
    const python = spawnSync(interpreter, ['-c', PYTHON], {
      input: JSON.stringify(texts),
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(python.stderr).toBe('')
    const expected = JSON.parse(python.stdout) as (number | null)[]
    const values = texts.map(evaluated)
    const differences = texts.filter((_, index) => !isNear(values[index] ?? null, expected[index] ?? null))
    expect(differences.map((text) => [text, evaluated(text), expected[texts.indexOf(text)]])).toEqual([])
    expect(expected.filter((value) => value !== null).length).toBeGreaterThan(200)
  },
)

function evaluated(text: string): number | null {
  try {
    return evaluateExpression(parseExpression(text), VARIABLES)
  } catch (error) {
    if (error instanceof ExpressionError && error.message === 'the result is not a finite number') return null
    throw error
  }
}

function isNear(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))
}
