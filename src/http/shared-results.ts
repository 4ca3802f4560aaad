import { type DocumentNode, type ExecutionArgs, execute, type GraphQLError, Kind, visit } from 'graphql'
import { LRUCache } from 'lru-cache'
import { HistoryCompactedError, type StreamItem } from '../changes/stream-item.ts'
import { type Context, createContext } from '../graphql/context.ts'
import type { ServerContext } from './graphql-plugins.ts'

/** An answer of a stream, as it is sent: the same text to everybody who asked the same. */
export interface SharedResult {
  readonly json: string
  /** When the change was committed that it tells of, in milliseconds. */
  readonly committedAt: number | undefined
  /** Whether it says that the stream cannot go on. */
  readonly isResync: boolean
  /** As Yoga asks for the text. */
  readonly stringify: () => string
}

/** Most bytes of the answers that are kept for those who come to the same place later. */
const MOST_BYTES = 32 * 1024 * 1024
/** Most characters of what distinguishes the groups that are known: their variables, above all. */
const MOST_GROUP_CHARACTERS = 8_000_000
/** Arguments that say where a stream begins, and nothing of what its answers look like. */
const RESUMING = new Set(['afterRevision', 'epoch'])

export type StreamArgs = ExecutionArgs & { readonly contextValue: Context & ServerContext }

/** Subscribers that sent the same document and variables in the same role. */
export interface StreamGroup {
  readonly resultOf: (item: object) => Promise<SharedResult>
}

/** Executes the answer to each item once for each group, however many subscribers are in it. */
export class SharedResults {
  readonly #mask: (error: unknown, requestId: string) => GraphQLError
  readonly #groups = new LRUCache<string, StreamGroup>({
    maxSize: MOST_GROUP_CHARACTERS,
    sizeCalculation: (_, key) => key.length,
  })
  readonly #results = new LRUCache<string, SharedResult>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ json }, key) => json.length + key.length,
  })
  readonly #executing = new Map<string, Promise<SharedResult>>()
  readonly #numbers = new Numbers()
  readonly #resuming = new WeakMap<DocumentNode, ReadonlySet<string>>()

  constructor(mask: (error: unknown, requestId: string) => GraphQLError) {
    this.#mask = mask
  }

  /** @param args of any subscriber of the group */
  group(args: StreamArgs): StreamGroup {
    const { document, operationName, contextValue } = args
    const variables = Object.entries(args.variableValues ?? {}).filter(([name]) => !this.#resumes(document, name))
    const key = JSON.stringify([
      this.#numbers.of(document),
      operationName ?? null,
      contextValue.viewer.role,
      // In the order of their names, for those who send the same in another order.
      variables.sort(([one], [other]) => (one < other ? -1 : 1)),
    ])
    const known = this.#groups.get(key)
    if (known) return known
    const group: StreamGroup = {
      resultOf: (item) => this.#resultOf(args, `${this.#numbers.of(group)} ${this.#numbers.of(item)}`, item),
    }
    this.#groups.set(key, group)
    return group
  }

  async #resultOf(args: StreamArgs, key: string, item: object): Promise<SharedResult> {
    const known = this.#results.get(key) ?? this.#executing.get(key)
    if (known) return known
    const executing = this.#execute(args, item).finally(() => this.#executing.delete(key))
    this.#executing.set(key, executing)
    const result = await executing
    this.#results.set(key, result)
    return result
  }

  /**
   * An answer with an error is none: it would be skipped. The stream ends with the error, and can be resumed.
   * @throws HistoryCompactedError when the documents that are asked for are gone
   */
  async #execute({ contextValue, ...args }: StreamArgs, item: object): Promise<SharedResult> {
    const context = createContext(contextValue)
    try {
      const { data, errors } = await execute({ ...args, rootValue: item, contextValue: context })
      const [error] = errors ?? []
      if (error?.originalError instanceof HistoryCompactedError) throw error.originalError
      if (error) throw this.#mask(error, contextValue.requestId)
      const json = JSON.stringify({ data })
      return { json, ...meaningOf(item), stringify: () => json }
    } finally {
      await context.reader.end()
    }
  }

  /** Whether a variable is used for nothing but where the stream begins. */
  #resumes(document: DocumentNode, name: string): boolean {
    const known = this.#resuming.get(document) ?? resumingVariables(document)
    this.#resuming.set(document, known)
    return known.has(name)
  }
}

/** Items of changes say what they are; others have nothing to say here. */
function meaningOf(item: Partial<StreamItem>): Pick<SharedResult, 'committedAt' | 'isResync'> {
  const committedAt = item.type === 'ChangeSet' ? item.at?.getTime() : undefined
  return { committedAt, isResync: item.type === 'ResyncRequired' }
}

function resumingVariables(document: DocumentNode): ReadonlySet<string> {
  const resuming = new Set<string>()
  const others = new Set<string>()
  visit(document, {
    // The definition of a variable is not a use of it.
    VariableDefinition: () => false,
    Argument: ({ name, value }) => {
      if (value.kind !== Kind.VARIABLE || !RESUMING.has(name.value)) return undefined
      resuming.add(value.name.value)
      return false
    },
    Variable: ({ name }) => void others.add(name.value),
  })
  return new Set([...resuming].filter((name) => !others.has(name)))
}

/** A number for each object: what cannot be compared by value is compared by it. */
class Numbers {
  readonly #numbers = new WeakMap<object, number>()
  #last = 0

  of(object: object): number {
    const known = this.#numbers.get(object) ?? ++this.#last
    this.#numbers.set(object, known)
    return known
  }
}
