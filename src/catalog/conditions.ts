/** SQL conditions, and the values of their placeholders, growing together. */
export interface Conditions {
  readonly conditions: string[]
  readonly values: unknown[]
  /** Add a condition on `value`, unless it is null or undefined: a filter that is not given does not matter. */
  readonly add: (value: unknown, condition: (place: string) => string) => void
}

/** @param always conditions that hold whatever is asked, without placeholders */
export function createConditions(...always: string[]): Conditions {
  const conditions = always
  const values: unknown[] = []
  const add: Conditions['add'] = (value, condition) => {
    if (value !== null && value !== undefined) conditions.push(condition(`$${values.push(value)}`))
  }
  return { conditions, values, add }
}
