import {
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  OperationTypeNode,
  type ValueNode,
  visit,
} from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import { LRUCache } from 'lru-cache'
import type { Context } from '../graphql/context.ts'
import {
  checkCost,
  checkDocument,
  checkVariables,
  parseDocument,
  type QueryLimits,
  validateDocument,
} from './document-checks.ts'
import { shapeOf } from './query-shape.ts'
import { isStable } from './stable-operations.ts'

type Variables = Readonly<Record<string, unknown>>

/** A query that is valid and within the limits of documents, compiled. */
export interface PreparedOperation {
  readonly name: string | undefined
  /** Whether its answers may be kept until the next revision. */
  readonly isStable: boolean
  /** @throws Refusal for variables that make it too large */
  check(variables: Variables): void
  execute(context: Context, variables: Variables): ExecutionResult | Promise<ExecutionResult>
}

/** Most documents that are kept, and characters of all of them: compiled, a document takes about thirty times its text. */
const MOST = { documents: 1_000, characters: 1_000_000 }
/** Most combinations of page sizes of one operation whose cost is known. */
const MOST_COSTS = 50

/**
 * Queries that have come before, checked and compiled once. What is not a plain, valid query is nobody's business here: the
 * long way refuses it. Compiling takes longer than executing once, so that a document has to come twice.
 */
export class PreparedOperations {
  readonly #schema: GraphQLSchema
  readonly #limits: QueryLimits
  readonly #known = new LRUCache<string, PreparedOperation | 'seen' | 'unfit'>({
    max: MOST.documents,
    maxSize: MOST.characters,
    sizeCalculation: (_, key) => key.length,
  })

  constructor(schema: GraphQLSchema, limits: QueryLimits) {
    this.#schema = schema
    this.#limits = limits
  }

  find(document: string, operationName: string | undefined): PreparedOperation | undefined {
    const key = `${operationName ?? ''} ${document}`
    const known = this.#known.get(key)
    if (typeof known === 'object') return known
    if (known === 'unfit') return undefined
    const prepared = known === undefined ? 'seen' : (this.#prepare(document, operationName) ?? 'unfit')
    this.#known.set(key, prepared)
    return typeof prepared === 'object' ? prepared : undefined
  }

  #prepare(source: string, operationName: string | undefined): PreparedOperation | undefined {
    const schema = this.#schema
    const document = this.#checked(source)
    if (!document) return undefined
    const operation = getOperationAST(document, operationName)
    if (operation?.operation !== OperationTypeNode.QUERY || shapeOf(document).asksForSchema) return undefined
    const compiled = compileQuery(schema, document, operationName, { disablingCapturingStackErrors: true })
    if (!isCompiledQuery(compiled)) return undefined
    const sizes = sizeVariables(document)
    const affordable = new LRUCache<string, true>({ max: MOST_COSTS })
    return {
      name: operation.name?.value,
      isStable: isStable(schema, document),
      check: (variables) => {
        checkVariables(variables)
        const key = JSON.stringify(sizes.map((name) => sizeOfVariable(variables[name])))
        if (affordable.has(key)) return
        checkCost({ schema, document, operationName, variables }, this.#limits)
        affordable.set(key, true)
      },
      execute: (context, variables) => compiled.query(undefined, context, variables),
    }
  }

  /** Undefined for what the long way refuses. */
  #checked(source: string) {
    try {
      const document = parseDocument(source, this.#limits)
      checkDocument(document, this.#limits)
      return validateDocument(this.#schema, document).length === 0 ? document : undefined
    } catch {
      return undefined
    }
  }
}

/** Names of the variables that decide how large an answer can become: those that stand for numbers or lists. */
function sizeVariables(document: ReturnType<typeof parseDocument>): readonly string[] {
  const names = new Set<string>()
  const add = (value: ValueNode) => {
    if (value.kind === Kind.VARIABLE) names.add(value.name.value)
  }
  visit(document, { Argument: ({ value }) => add(value) })
  return [...names]
}

/** As far as the cost depends on it; one that is left out has its default. */
function sizeOfVariable(value: unknown): number | string | null {
  if (value === undefined) return 'default'
  if (typeof value === 'number') return value
  return Array.isArray(value) ? value.length : null
}
