import fc from 'fast-check'

/** An expression of the tests' own: not the parser's tree, so that the two can disagree. */
export type Tree =
  | { readonly kind: 'literal'; readonly value: number }
  | { readonly kind: 'variable'; readonly name: 'N' | 'size_kb' }
  | { readonly kind: 'minus'; readonly of: Tree }
  | { readonly kind: 'operation'; readonly by: '+' | '-' | '*' | '//' | '%'; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'power'; readonly base: Tree; readonly exponent: number }
  | { readonly kind: 'call'; readonly name: 'min' | 'max' | 'abs'; readonly operands: readonly Tree[] }

/** Trees over the given literals, small enough for the parser's bounds however they are printed. */
export const treesOf = (literals: fc.Arbitrary<number>): fc.Arbitrary<Tree> =>
  fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'tree', withCrossShrink: true },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('literal' as const), value: literals }) },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('variable' as const),
          name: fc.constantFrom('N' as const, 'size_kb' as const),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('minus' as const), of: tie('tree') }) },
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('operation' as const),
          by: fc.constantFrom('+' as const, '-' as const, '*' as const, '//' as const, '%' as const),
          left: tie('tree'),
          right: tie('tree'),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('power' as const),
          base: tie('tree'),
          exponent: fc.integer({ min: 0, max: 3 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('call' as const),
          name: fc.constantFrom('min' as const, 'max' as const),
          operands: fc.tuple(tie('tree'), tie('tree')),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('call' as const),
          name: fc.constant('abs' as const),
          operands: fc.tuple(tie('tree')),
        }),
      },
    ),
  })).tree

/** Every operation in parentheses. */
export function printFully(tree: Tree): string {
  switch (tree.kind) {
    case 'literal':
      return String(tree.value)
    case 'variable':
      return tree.name
    case 'minus':
      return `(-${printFully(tree.of)})`
    case 'operation':
      return `(${printFully(tree.left)}${tree.by}${printFully(tree.right)})`
    case 'power':
      return `(${printFully(tree.base)}**${tree.exponent})`
    case 'call':
      return `${tree.name}(${tree.operands.map(printFully).join(',')})`
  }
}

const LEVEL = { '+': 1, '-': 1, '*': 2, '//': 2, '%': 2 } as const
const MINUS = 3
const POWER = 4
const ATOM = 5

/** Only the parentheses that Python's grammar needs, with blanks around operators. */
export function printSparsely(tree: Tree): string {
  return sparse(tree, 0)
}

function sparse(tree: Tree, needed: number): string {
  const [text, level] = sparseParts(tree)
  return level < needed ? `(${text})` : text
}

function sparseParts(tree: Tree): readonly [string, number] {
  switch (tree.kind) {
    case 'literal':
      return [String(tree.value), ATOM]
    case 'variable':
      return [tree.name, ATOM]
    case 'minus':
      return [`-${sparse(tree.of, MINUS)}`, MINUS]
    case 'operation':
      return [
        `${sparse(tree.left, LEVEL[tree.by])} ${tree.by} ${sparse(tree.right, LEVEL[tree.by] + 1)}`,
        LEVEL[tree.by],
      ]
    case 'power':
      return [`${sparse(tree.base, ATOM)} ** ${tree.exponent}`, POWER]
    case 'call':
      return [`${tree.name}(${tree.operands.map((operand) => sparse(operand, 0)).join(', ')})`, ATOM]
  }
}
