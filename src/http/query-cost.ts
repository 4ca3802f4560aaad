import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'

/** Objects of a page whose size is not given: what the lists of the API take. */
const DEFAULT_PAGE = 20
/** Objects of a list without pages, which belong to one object: capabilities of a version, patterns of a capability. */
const PLAIN_LIST = 4

type Variables = Readonly<Record<string, unknown>>

/**
 * How many fields the answer to an operation may have, estimated from its page sizes: a field is 1, plus what is in it as
 * often as its list has objects, plus the size of its page. The document must be valid.
 */
export function estimateCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName?: string | null,
  variables?: Variables | null,
): number {
  const operation = getOperationAST(document, operationName)
  const root = operation && schema.getRootType(operation.operation)
  return root
    ? new CostEstimate(schema, document, operation, variables ?? {}).ofSelections(operation.selectionSet, root)
    : 0
}

/** 1, unless the schema says that a field is as much work or as many bytes as so many. */
function ownCost({ extensions }: GraphQLField<unknown, unknown>): number {
  return typeof extensions.cost === 'number' ? extensions.cost : 1
}

class CostEstimate {
  readonly #schema: GraphQLSchema
  readonly #variables: Variables
  readonly #fragments = new Map<string, FragmentDefinitionNode>()
  /** By selection set and page size: fragments that spread each other twice are 2^n selections, and n are looked at. */
  readonly #known = new Map<SelectionSetNode, Map<number | undefined, number>>()

  constructor(
    schema: GraphQLSchema,
    { definitions }: DocumentNode,
    { variableDefinitions }: OperationDefinitionNode,
    variables: Variables,
  ) {
    this.#schema = schema
    for (const node of definitions)
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(node.name.value, node)
    const defaults = (variableDefinitions ?? []).map(({ variable, defaultValue }) => [
      variable.name.value,
      defaultValue && this.#sizeOf(defaultValue),
    ])
    this.#variables = { ...Object.fromEntries(defaults), ...variables }
  }

  /** @param page size of the page that these selections belong to: its `edges` and `nodes` have so many objects */
  ofSelections(selectionSet: SelectionSetNode, type: GraphQLNamedType, page?: number): number {
    const known = this.#known.get(selectionSet) ?? new Map<number | undefined, number>()
    this.#known.set(selectionSet, known)
    const cost = known.get(page) ?? this.#sum(selectionSet, type, page)
    known.set(page, cost)
    return cost
  }

  #sum({ selections }: SelectionSetNode, type: GraphQLNamedType, page: number | undefined): number {
    return selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FIELD) return sum + this.#ofField(selection, type, page)
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection
      if (!fragment) return sum
      const narrowed = fragment.typeCondition && this.#schema.getType(fragment.typeCondition.name.value)
      return sum + this.ofSelections(fragment.selectionSet, narrowed ?? type, page)
    }, 0)
  }

  #ofField(node: FieldNode, parent: GraphQLNamedType, page: number | undefined): number {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined
    // The schema about itself: graphql-js bounds how deep that can go.
    if (!field) return 1
    const asked = this.#pageSize(node, field)
    const isList = isListType(getNullableType(field.type))
    const times = isList ? (asked ?? page ?? PLAIN_LIST) : 1
    const type = getNamedType(field.type)
    const inside = node.selectionSet ? this.ofSelections(node.selectionSet, type, isList ? undefined : asked) : 0
    return ownCost(field) + (asked ?? 0) + times * inside
  }

  /** How many objects a field is asked for; undefined for a field that does not ask. */
  #pageSize({ arguments: given = [] }: FieldNode, field: GraphQLField<unknown, unknown>): number | undefined {
    const has = (wanted: string) => field.args.some(({ name }) => name === wanted)
    const sizes = given
      .filter(({ name }) => ['first', 'last', 'ids'].includes(name.value))
      .flatMap(({ value }) => this.#sizeOf(value) ?? [])
    if (sizes.length > 0) return Math.max(...sizes)
    const stated = field.args.find(({ name }) => name === 'first')?.defaultValue
    if (typeof stated === 'number') return stated
    return has('first') || has('last') ? DEFAULT_PAGE : undefined
  }

  #sizeOf(value: ValueNode): number | undefined {
    if (value.kind === Kind.INT) return Math.max(0, Number(value.value))
    if (value.kind === Kind.LIST) return value.values.length
    const variable = value.kind === Kind.VARIABLE ? this.#variables[value.name.value] : undefined
    if (Array.isArray(variable)) return variable.length
    return typeof variable === 'number' ? Math.max(0, variable) : undefined
  }
}
