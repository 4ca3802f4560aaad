import { EXPRESSION_LIMITS, ExpressionError, type Token, tokenise } from './expression-tokens.ts'

/**
 * Estimate expressions: arithmetic over numbers and named variables, as authors already write them in YAML
 * (`"500 + 0.1 * file_size_kb"`). The grammar and its meaning are Python's (https://docs.python.org/3/reference/expressions.html):
 * `**` binds tighter than a minus on its left and is right-associative, `//` and `%` round towards minus infinity.
 * There is no way to name anything but a variable or one of the functions below, and no way to loop.
 */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'negate'; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly operands: readonly Expression[] }

type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**'

const OPERATIONS: Record<Operator, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': floorDivide,
  '%': modulo,
  '**': (a, b) => a ** b,
}

const FUNCTIONS = {
  log: { apply: logarithm, least: 1, most: 2 },
  log10: { apply: Math.log10, least: 1, most: 1 },
  sqrt: { apply: Math.sqrt, least: 1, most: 1 },
  min: { apply: Math.min, least: 2, most: 8 },
  max: { apply: Math.max, least: 2, most: 8 },
  abs: { apply: Math.abs, least: 1, most: 1 },
  ceil: { apply: Math.ceil, least: 1, most: 1 },
  floor: { apply: Math.floor, least: 1, most: 1 },
} as const satisfies Record<string, { apply: (...values: number[]) => number; least: number; most: number }>
type FunctionName = keyof typeof FUNCTIONS

export const FUNCTION_NAMES = Object.keys(FUNCTIONS)

/** Binding powers, loosest first. A minus sign stands between `*` and `**`, as in Python: `-2 ** 2` is -4. */
const PRECEDENCE: Record<Operator, number> = { '+': 1, '-': 1, '*': 2, '/': 2, '//': 2, '%': 2, '**': 4 }
const NEGATE_PRECEDENCE = 3

/** The remainder with the divisor's sign, exact as Python's (`1 % 0.1` is 0.0999…, not 0). */
function modulo(a: number, b: number): number {
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest
}

/** Consistent with `modulo`, as in CPython's float_divmod: `1 // 0.1` is 9, because 0.1 is a little more than a tenth. */
function floorDivide(a: number, b: number): number {
  return b === 0 ? a / b : Math.round((a - modulo(a, b)) / b)
}

function logarithm(value: number, base?: number): number {
  return base === undefined ? Math.log(value) : Math.log(value) / Math.log(base)
}

/**
 * Parse an expression. A number is an expression too (YAML authors write both `500` and `"500"`).
 * @throws ExpressionError with the offset of the first thing that is wrong
 */
export function parseExpression(text: string | number): Expression {
  const source = String(text)
  if (source.length > EXPRESSION_LIMITS.characters) {
    throw new ExpressionError(`longer than ${EXPRESSION_LIMITS.characters} characters`, EXPRESSION_LIMITS.characters)
  }
  return new Parser(tokenise(source)).parse()
}

/** The free variables of an expression, sorted. */
export function expressionVariables(expression: Expression): string[] {
  const names = new Set<string>()
  const visit = (node: Expression): void => {
    if (node.kind === 'variable') names.add(node.name)
    if (node.kind === 'negate') visit(node.operand)
    if (node.kind === 'binary') [node.left, node.right].forEach(visit)
    if (node.kind === 'call') node.operands.forEach(visit)
  }
  visit(expression)
  return [...names].sort()
}

/**
 * Evaluate with the caller's variables.
 * @throws ExpressionError for a variable that is not given, or a result that is not a finite number (division by zero)
 */
export function evaluateExpression(expression: Expression, variables: Readonly<Record<string, number>>): number {
  const value = compute(expression, variables)
  if (!Number.isFinite(value)) throw new ExpressionError('the result is not a finite number', 0)
  return value
}

function compute(node: Expression, variables: Readonly<Record<string, number>>): number {
  switch (node.kind) {
    case 'number':
      return node.value
    case 'variable': {
      const value = Object.hasOwn(variables, node.name) ? variables[node.name] : undefined
      if (value === undefined) throw new ExpressionError(`the variable ${node.name} is not given`, 0)
      return value
    }
    case 'negate':
      return -compute(node.operand, variables)
    case 'binary':
      return OPERATIONS[node.operator](compute(node.left, variables), compute(node.right, variables))
    case 'call': {
      const apply: (...values: number[]) => number = FUNCTIONS[node.name].apply
      return apply(...node.operands.map((operand) => compute(operand, variables)))
    }
  }
}

/** A precedence-climbing parser (https://en.wikipedia.org/wiki/Operator-precedence_parser). */
class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #nodes = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): Expression {
    const expression = this.#expression(0, 0)
    const rest = this.#peek()
    if (rest.kind !== 'end') throw unexpected(rest)
    return expression
  }

  #peek(): Token {
    // The last token is always 'end', and nothing reads past it.
    return this.#tokens[this.#at] ?? { kind: 'end', text: 'the end', index: 0 }
  }

  #next(): Token {
    const token = this.#peek()
    this.#at++
    return token
  }

  #expression(minimum: number, depth: number): Expression {
    if (depth > EXPRESSION_LIMITS.depth) {
      throw new ExpressionError(`nested deeper than ${EXPRESSION_LIMITS.depth}`, this.#peek().index)
    }
    let left = this.#operand(depth)
    for (;;) {
      const token = this.#peek()
      const operator =
        token.kind === 'symbol' && Object.hasOwn(PRECEDENCE, token.text) ? (token.text as Operator) : undefined
      if (!operator || PRECEDENCE[operator] < minimum) return left
      this.#next()
      const rightMinimum = operator === '**' ? NEGATE_PRECEDENCE : PRECEDENCE[operator] + 1
      left = this.#count({ kind: 'binary', operator, left, right: this.#expression(rightMinimum, depth + 1) }, token)
    }
  }

  #operand(depth: number): Expression {
    const token = this.#next()
    if (token.kind === 'number') return this.#number(token)
    if (token.kind === 'name') return this.#name(token, depth)
    if (token.text === '-')
      return this.#count({ kind: 'negate', operand: this.#expression(NEGATE_PRECEDENCE, depth + 1) }, token)
    if (token.text === '+') return this.#expression(NEGATE_PRECEDENCE, depth + 1)
    if (token.text === '(') {
      const inner = this.#expression(0, depth + 1)
      this.#expect(')')
      return inner
    }
    throw unexpected(token)
  }

  #number(token: Token): Expression {
    const value = Number(token.text.replaceAll('_', ''))
    if (!Number.isFinite(value)) throw new ExpressionError('the number is too large', token.index)
    return this.#count({ kind: 'number', value }, token)
  }

  #name(token: Token, depth: number): Expression {
    if (this.#peek().text !== '(') return this.#count({ kind: 'variable', name: token.text }, token)
    if (!Object.hasOwn(FUNCTIONS, token.text)) {
      throw new ExpressionError(`no function ${token.text}; there are ${FUNCTION_NAMES.join(', ')}`, token.index)
    }
    const name = token.text as FunctionName
    const operands = this.#operands(depth)
    const { least, most } = FUNCTIONS[name]
    if (operands.length < least || operands.length > most) {
      const wanted = least === most ? `${least}` : `${least} to ${most}`
      throw new ExpressionError(`${name} takes ${wanted} operands, not ${operands.length}`, token.index)
    }
    return this.#count({ kind: 'call', name, operands }, token)
  }

  #operands(depth: number): Expression[] {
    this.#expect('(')
    const operands: Expression[] = []
    if (this.#peek().text !== ')') {
      operands.push(this.#expression(0, depth + 1))
      while (this.#peek().text === ',') {
        this.#next()
        operands.push(this.#expression(0, depth + 1))
      }
    }
    this.#expect(')')
    return operands
  }

  #expect(text: string): void {
    const token = this.#next()
    if (token.text !== text) throw unexpected(token, text)
  }

  #count(node: Expression, token: Token): Expression {
    if (++this.#nodes > EXPRESSION_LIMITS.nodes) {
      throw new ExpressionError(`more than ${EXPRESSION_LIMITS.nodes} parts`, token.index)
    }
    return node
  }
}

function unexpected(token: Token, wanted?: string): ExpressionError {
  const found = token.kind === 'end' ? 'the end' : JSON.stringify(token.text)
  return new ExpressionError(`unexpected ${found}${wanted ? `, wanted "${wanted}"` : ''}`, token.index)
}
