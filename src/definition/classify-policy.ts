import type { LocatedDifference } from './diff.ts'
import { expressionVariables, parseExpression } from './expression.ts'
import { ExpressionError } from './expression-tokens.ts'
import { isList, type Json } from './json.ts'
import { cutName } from './problem.ts'
import { behaviour, type Verdict } from './verdict.ts'

/** A difference in what a pattern may do, and within which bounds. A safeguard that goes is as breaking as one that comes. */
export function classifyPolicyField({ steps, before, after }: LocatedDifference): Verdict {
  const [, , , pattern = '', , field = ''] = steps
  switch (field) {
    case 'requires_approval':
      return classifyApproval(pattern, before === true, after === true)
    case 'production_safe':
      return classifyProductionSafe(pattern, before === true, after === true)
    case 'max_cost':
    case 'max_execution_time':
    case 'max_N_immediate':
      return classifyBound(field, before, after)
    case 'requires_background_if':
      return behaviour('maybe', `${pattern} may run in the background when callers wait for it`)
    default:
      return behaviour('maybe', `the format does not know what the policy ${cutName(field)} asks of callers`)
  }
}

function classifyApproval(pattern: string, before: boolean, after: boolean): Verdict {
  if (before === after) return behaviour('no', `${pattern} asks for approval no more and no less than before`)
  return after
    ? behaviour('yes', `callers of ${pattern} now stop until a person approves`)
    : behaviour('yes', `callers rely on a person who approves each run of ${pattern}, and nobody is asked now`)
}

function classifyProductionSafe(pattern: string, before: boolean, after: boolean): Verdict {
  if (before === after) return behaviour('no', `${pattern} is as safe for production as before`)
  return after
    ? behaviour('maybe', `${pattern} may now run against production systems, which were kept from it`)
    : behaviour('yes', `callers who run ${pattern} against production systems no longer may`)
}

function classifyBound(field: string, before: Json | undefined, after: Json | undefined): Verdict {
  if (before === undefined) return behaviour('maybe', `a run above the new ${field} may be refused`)
  if (after === undefined) return behaviour('maybe', `callers may rely on the ${field} that no longer bounds a run`)
  return Number(after) > Number(before)
    ? behaviour('maybe', `a run may now reach a higher ${field} than callers reckon with`)
    : behaviour('maybe', `a run above the lower ${field} may be refused`)
}

/** A difference in an expression: callers must have every variable of it. */
export function classifyEstimate(field: string, before: Json | undefined, after: Json | undefined): Verdict {
  if (after === undefined) return behaviour('maybe', `callers can no longer evaluate ${field}`)
  const [known, needed] = [before === undefined ? [] : variablesOf(before), variablesOf(after)]
  if (!known || !needed) return behaviour('maybe', `${field} cannot be read as an expression`)
  const added = needed.filter((name) => !known.includes(name)).join(', ')
  if (added === '') return behaviour('no', `${field} gives another number from what callers have`)
  return before === undefined
    ? behaviour('maybe', `callers who evaluate ${field} where it is given may have no ${added}`)
    : behaviour('yes', `callers who evaluate ${field} must now give ${added}`)
}

function variablesOf(expression: Json): string[] | undefined {
  if (typeof expression !== 'string' && typeof expression !== 'number') return undefined
  try {
    return expressionVariables(parseExpression(expression))
  } catch (error) {
    if (error instanceof ExpressionError) return undefined
    throw error
  }
}

export function classifyLimitations(pattern: string, before: Json | undefined, after: Json | undefined): Verdict {
  const known = isList(before) ? before : []
  const isNew = isList(after) && after.some((limitation) => !known.includes(limitation))
  return isNew
    ? behaviour('maybe', `callers may rely on what ${pattern} now says it cannot do`)
    : behaviour('no', `${pattern} can do what it could`)
}
