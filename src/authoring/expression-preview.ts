import { evaluateExpression, expressionVariables, FUNCTION_NAMES, parseExpression } from '../definition/expression.ts'
import { ExpressionError } from '../definition/expression-tokens.ts'

/** What each variable is set to in the examples. */
const EXAMPLES = [1, 100, 10_000] as const

export const EXPRESSION_HELP = `A number, or + - * / // % ** ( ) with variables such as N or file_size_kb, and ${FUNCTION_NAMES.join(', ')}`

/** What an expression gives for example variables, or what keeps it from being one, on one line. */
export function previewExpression(text: string, unit: string): string {
  if (text.trim() === '') return EXPRESSION_HELP
  try {
    const expression = parseExpression(text)
    const variables = expressionVariables(expression)
    const valueFor = (value: number) => {
      try {
        const result = evaluateExpression(expression, Object.fromEntries(variables.map((name) => [name, value])))
        return `${result.toLocaleString('en', { maximumSignificantDigits: 6 })} ${unit}`
      } catch (error) {
        if (error instanceof ExpressionError) return error.message
        throw error
      }
    }
    if (variables.length === 0) return `= ${valueFor(0)}`
    return EXAMPLES.map((value) => `${variables.join(' = ')} = ${value.toLocaleString('en')}: ${valueFor(value)}`).join(
      '; ',
    )
  } catch (error) {
    if (error instanceof ExpressionError) return `not an expression: ${error.message}`
    throw error
  }
}
