/** Bounds that keep parsing and evaluating below a millisecond. */
export const EXPRESSION_LIMITS = { characters: 200, nodes: 50, depth: 10 } as const

export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
  constructor(
    message: string,
    /** 0-based offset in the expression's text. */
    readonly index: number,
  ) {
    super(message)
  }
}

export interface Token {
  readonly kind: 'number' | 'name' | 'symbol' | 'end'
  readonly text: string
  readonly index: number
}

const TOKEN =
  /\s*(?:(?<number>\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_]\w*)|(?<symbol>\*\*|\/\/|[-+*/%(),]))/y

export function tokenise(source: string): Token[] {
  const tokens: Token[] = []
  const end = source.trimEnd().length
  TOKEN.lastIndex = 0
  for (let at = 0; at < end; at = TOKEN.lastIndex) {
    const match = TOKEN.exec(source)
    if (!match) {
      const index = at + (source.slice(at).length - source.slice(at).trimStart().length)
      throw new ExpressionError(`unexpected ${JSON.stringify(source[index] ?? '')}`, index)
    }
    const [kind, text] = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined) ?? ['end', '']
    tokens.push({ kind: kind as Token['kind'], text: text ?? '', index: TOKEN.lastIndex - (text ?? '').length })
  }
  tokens.push({ kind: 'end', text: 'the end', index: end })
  return tokens
}
