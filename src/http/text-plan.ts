import {
  type DocumentNode,
  defaultFieldResolver,
  defaultTypeResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql'
// Which fields of which fragments are selected, as graphql-js itself finds out.
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js'
import { argumentsOf, mentionsVariable, type Variables } from './plan-variables.ts'
import { joined, type Text } from './text.ts'
import { leafText } from './text-leaf.ts'
import type { TextMemory } from './text-memory.ts'
import {
  always,
  isPromise,
  listOf,
  NoPlainAnswerError,
  type RowOf,
  type Run,
  refuseNull,
  remembering,
  type Writer,
} from './text-writers.ts'

export interface Planned {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  /** Values of the variables that decide what is skipped or included. */
  readonly conditions: Variables
  /** Remembers what was written for an object; undefined when the answer depends on more than the catalog. */
  readonly memory: TextMemory | undefined
}

type Selected = ReadonlyMap<string, readonly FieldNode[]>

/**
 * Work out once how the `data` of a query is written: which fields of which types, and with which arguments. What runs then
 * is the same resolvers that graphql-js would call, and what comes out is the same JSON (GraphQL specification, October 2021,
 * §6); only, a query whose answer would have errors gets no answer here.
 * @param planned a valid query, within the limit of cost: a plan is as large as an answer with one object in each list
 * @returns writes it; it throws, or rejects with, what a resolver has thrown, or NoPlainAnswerError
 */
export function planQuery(planned: Planned): (run: Run) => Text {
  const write = new Planner(planned).query()
  return (run) => write(undefined, run)
}

class Planner {
  readonly #planned: Planned
  readonly #fragments: Record<string, FragmentDefinitionNode>
  readonly #mentions = new Map<string, boolean>()

  constructor(planned: Planned) {
    this.#planned = planned
    const fragments = planned.document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION)
    this.#fragments = Object.fromEntries(fragments.map((node) => [node.name.value, node]))
  }

  query(): Writer {
    const { schema, operation, conditions } = this.#planned
    const type = schema.getQueryType()
    if (!type) throw new Error('The schema has queries')
    return this.#fields(type, collectFields(schema, this.#fragments, conditions, type, operation.selectionSet))
  }

  #fields(type: GraphQLObjectType, selected: Selected): Writer {
    const writers = Array.from(selected, ([key, nodes]) => this.#field(type, nodes, key))
    const starts = Array.from(selected.keys(), (key, index) => `${index === 0 ? '{' : ','}${JSON.stringify(key)}:`)
    // Without any field it is an object all the same; otherwise both have an item for each index.
    const startOf = (index: number) => starts[index] ?? '{'
    return (source, run) => joined(writers.length, startOf, (index) => (writers[index] as Writer)(source, run), '}')
  }

  #field(parent: GraphQLObjectType, nodes: readonly FieldNode[], key: string): Writer {
    // Where there is a key, there is a node.
    const node = nodes[0] as FieldNode
    if (node.name.value === '__typename') return always(JSON.stringify(parent.name))
    const field = parent.getFields()[node.name.value]
    if (!field) throw new Error(`A valid query has no ${parent.name}.${node.name.value}`)
    const write = this.#value(field.type, nodes)
    const argumentsIn = argumentsOf(field, node)
    const resolve = field.resolve ?? defaultFieldResolver
    const info = this.#info(parent, field, nodes, key)
    return (source, run) => {
      const value: unknown = resolve(source, argumentsIn(run), run.context, info)
      return isPromise(value) ? value.then((found) => write(found, run)) : write(value, run)
    }
  }

  #value(type: GraphQLOutputType, nodes: readonly FieldNode[]): Writer {
    const write = this.#something(isNonNullType(type) ? type.ofType : type, nodes)
    const writeNull = isNonNullType(type) ? refuseNull : always('null')
    return (value, run) => {
      if (value == null) return writeNull(value, run)
      if (value instanceof Error) throw value
      return write(value, run)
    }
  }

  /** Of a value that is neither null nor an error. */
  #something(type: GraphQLOutputType, nodes: readonly FieldNode[]): Writer {
    if (isListType(type)) return listOf(this.#value(type.ofType, nodes))
    if (isLeafType(type)) return leafText(type)
    if (isObjectType(type)) return this.#object(type, nodes)
    // Nothing else is left: input types are no output types, and what is not null has been unwrapped.
    return this.#abstract(type as GraphQLAbstractType, nodes)
  }

  #object(type: GraphQLObjectType, nodes: readonly FieldNode[]): Writer {
    const { schema, conditions, memory } = this.#planned
    const write = this.#fields(type, collectSubfields(schema, this.#fragments, conditions, type, nodes))
    // Said by the type, in the file of its noun.
    const rowOf = type.extensions.rowOf as RowOf | undefined
    const isOfRowAlone = nodes.every(({ selectionSet }) => selectionSet && !this.#mentionsVariable(selectionSet))
    return rowOf && memory && isOfRowAlone ? remembering(memory.texts(), rowOf, write) : write
  }

  #mentionsVariable(part: Parameters<typeof mentionsVariable>[0]): boolean {
    return mentionsVariable(part, (name) => {
      const fragment = this.#fragments[name]
      const known = this.#mentions.get(name) ?? (fragment !== undefined && this.#mentionsVariable(fragment))
      this.#mentions.set(name, known)
      return known
    })
  }

  #abstract(type: GraphQLAbstractType, nodes: readonly FieldNode[]): Writer {
    const { schema } = this.#planned
    const writers = new Map(schema.getPossibleTypes(type).map((object) => [object.name, this.#object(object, nodes)]))
    const resolveType = type.resolveType ?? defaultTypeResolver
    // All that a resolver of types has use for.
    const info = { schema } as GraphQLResolveInfo
    const writeAs = (name: unknown, value: unknown, run: Run) => {
      const write = typeof name === 'string' ? writers.get(name) : undefined
      if (!write) throw new NoPlainAnswerError('An object of no type')
      return write(value, run)
    }
    return (value, run) => {
      const name = resolveType(value, run.context, info, type)
      return isPromise(name) ? name.then((found) => writeAs(found, value, run)) : writeAs(name, value, run)
    }
  }

  /** What a resolver may know of its place. It has no path of its own: a list has many, and one plan. */
  #info(
    parentType: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    fieldNodes: readonly FieldNode[],
    key: string,
  ): GraphQLResolveInfo {
    const { schema, operation, conditions } = this.#planned
    return {
      fieldName: field.name,
      fieldNodes,
      returnType: field.type,
      parentType,
      path: { prev: undefined, key, typename: parentType.name },
      schema,
      fragments: this.#fragments,
      rootValue: undefined,
      operation,
      variableValues: { ...conditions },
    }
  }
}
