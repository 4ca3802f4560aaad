import { type DocumentNode, type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import { checkDocument, parseDocument, type QueryLimits, validateDocument } from './document-checks.ts'
import { PreparedOperation } from './prepared-operation.ts'
import { shapeOf } from './query-shape.ts'
import type { TextMemory } from './text-memory.ts'

/** Operations of one document, by the name they were asked for under. */
type Known = Map<string | undefined, PreparedOperation | 'unfit'>

/**
 * Most documents that are kept, and characters of all of them: planned, a document takes about thirty times its text. Names of
 * operations that are not in the document are known, too, and anybody can make them up.
 */
const MOST = { documents: 1_000, characters: 400_000, operations: 10 }

/**
 * Queries, checked once for all the times that they come. What is not a plain, valid query is nobody's business here: the
 * long way refuses it.
 */
export class PreparedOperations {
  readonly #schema: GraphQLSchema
  readonly #limits: QueryLimits
  readonly #memory: TextMemory
  readonly #known = new LRUCache<string, Known>({
    max: MOST.documents,
    maxSize: MOST.characters,
    sizeCalculation: (_, document) => document.length,
  })

  constructor(schema: GraphQLSchema, limits: QueryLimits, memory: TextMemory) {
    this.#schema = schema
    this.#limits = limits
    this.#memory = memory
  }

  find(document: string, operationName: string | undefined): PreparedOperation | undefined {
    const known = this.#known.get(document)
    const operation = known?.get(operationName)
    if (operation !== undefined) return operation === 'unfit' ? undefined : operation
    const prepared = this.#prepare(document, operationName)
    const operations: Known = known && known.size < MOST.operations ? known : new Map()
    this.#known.set(document, operations.set(operationName, prepared ?? 'unfit'))
    return prepared
  }

  #prepare(source: string, operationName: string | undefined): PreparedOperation | undefined {
    const document = this.#checked(source)
    if (!document || shapeOf(document).asksForSchema) return undefined
    const operation = getOperationAST(document, operationName)
    if (operation?.operation !== OperationTypeNode.QUERY) return undefined
    const [schema, limits, memory] = [this.#schema, this.#limits, this.#memory]
    return new PreparedOperation({ schema, document, operation, limits, memory })
  }

  /** Undefined for what the long way refuses. */
  #checked(source: string): DocumentNode | undefined {
    try {
      const document = parseDocument(source, this.#limits)
      checkDocument(document, this.#limits)
      return validateDocument(this.#schema, document).length === 0 ? document : undefined
    } catch {
      return undefined
    }
  }
}
