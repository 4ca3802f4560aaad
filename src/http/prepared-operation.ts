import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type ValueNode,
  visit,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Context } from '../graphql/context.ts'
import { AffordableSizes } from './affordable-sizes.ts'
import { checkCost, checkVariables, type QueryLimits } from './document-checks.ts'
import { type Variables, variablesOf } from './plan-variables.ts'
import { isStable } from './stable-operations.ts'
import type { Text } from './text.ts'
import type { TextMemory } from './text-memory.ts'
import { planQuery } from './text-plan.ts'
import type { Run } from './text-writers.ts'

/** Writes the JSON of the `data` of a query. It throws, or rejects, when that has not succeeded in every detail. */
export type WriteData = (context: Context) => Text

export interface PreparedOperationOptions {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly limits: QueryLimits
  readonly memory: TextMemory
}

/** Most combinations of conditions that there are plans for. */
const MOST_PLANS = 8

/** A valid query within the limits of documents, and what was found out about it so far. */
export class PreparedOperation {
  readonly name: string | undefined
  /** Whether its answers may be kept until the next revision. */
  readonly isStable: boolean
  readonly #options: PreparedOperationOptions
  readonly #variablesOf: (given: Variables) => Variables
  readonly #sizeNames: readonly string[]
  readonly #conditionNames: readonly string[]
  readonly #affordable = new AffordableSizes()
  readonly #plans = new LRUCache<string, (run: Run) => Text>({ max: MOST_PLANS })

  constructor(options: PreparedOperationOptions) {
    const { schema, document, operation } = options
    this.#options = options
    this.name = operation.name?.value
    this.isStable = isStable(schema, document)
    this.#variablesOf = variablesOf(schema, operation)
    const names = variableNames(document)
    this.#sizeNames = [...names.inArguments]
    this.#conditionNames = [...names.inDirectives]
  }

  /** @throws Error for variables that are not the right ones, or make it too large */
  prepare(given: Variables): WriteData {
    checkVariables(given)
    this.#checkCost(given)
    const variables = this.#variablesOf(given)
    const plan = this.#planFor(variables)
    return (context) => {
      const run: Run = { context, variables, isOver: false }
      const fail = (error: unknown): never => {
        run.isOver = true
        throw error
      }
      try {
        const text = plan(run)
        return typeof text === 'string' ? text : text.catch(fail)
      } catch (error) {
        return fail(error)
      }
    }
  }

  #checkCost(variables: Variables): void {
    const sizes = this.#sizeNames.map((name) => variables[name])
    if (this.#affordable.has(sizes)) return
    const { schema, document, operation, limits } = this.#options
    checkCost({ schema, document, operationName: operation.name?.value, variables }, limits)
    this.#affordable.add(sizes)
  }

  #planFor(variables: Variables): (run: Run) => Text {
    const conditions = Object.fromEntries(this.#conditionNames.map((name) => [name, variables[name]]))
    const key = JSON.stringify(conditions)
    const known = this.#plans.get(key)
    if (known) return known
    const { schema, document, operation, memory } = this.#options
    const plan = planQuery({ schema, document, operation, conditions, memory: this.isStable ? memory : undefined })
    this.#plans.set(key, plan)
    return plan
  }
}

/** Those that may decide how large an answer can become, and those that decide what is left out of it. */
function variableNames(document: DocumentNode) {
  const inArguments = new Set<string>()
  const inDirectives = new Set<string>()
  const add = (names: Set<string>, { value }: { readonly value: ValueNode }) => {
    if (value.kind === Kind.VARIABLE) names.add(value.name.value)
  }
  visit(document, {
    Directive: ({ arguments: given = [] }) => {
      for (const argument of given) add(inDirectives, argument)
      return false
    },
    Argument: (argument) => add(inArguments, argument),
  })
  return { inArguments, inDirectives }
}
