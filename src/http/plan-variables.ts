import {
  type ArgumentNode,
  type ASTNode,
  BREAK,
  type FieldNode,
  type GraphQLArgument,
  GraphQLBoolean,
  type GraphQLField,
  GraphQLID,
  GraphQLInt,
  type GraphQLNullableType,
  type GraphQLSchema,
  GraphQLString,
  getArgumentValues,
  getNullableType,
  getVariableValues,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromAST,
  visit,
} from 'graphql'
import { NoPlainAnswerError, type Run } from './text-writers.ts'

export type Variables = Readonly<Record<string, unknown>>

/** Whether a value that came as JSON is of a type as it is: what graphql-js would make of it is the same value. */
const IS_ITSELF = new Map<GraphQLNullableType, (value: unknown) => boolean>([
  [GraphQLString, (value) => typeof value === 'string'],
  [GraphQLID, (value) => typeof value === 'string'],
  [GraphQLBoolean, (value) => typeof value === 'boolean'],
  [GraphQLInt, (value) => typeof value === 'number' && (value | 0) === value],
])

/**
 * Makes of the variables of a request those of an operation (GraphQL specification, October 2021, §6.1.2). The usual ones, texts and
 * numbers that are there, are taken as they are; everything else is left to graphql-js.
 * @returns throws NoPlainAnswerError for those that are not right
 */
export function variablesOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
): (given: Variables) => Variables {
  const definitions = operation.variableDefinitions ?? []
  const usual = definitions.map(({ variable, type }) => {
    const declared = typeFromAST(schema, type)
    const isItself = declared && IS_ITSELF.get(getNullableType(declared) as GraphQLNullableType)
    return { name: variable.name.value, isItself: isItself ?? (() => false) }
  })
  return (given) => {
    const values: Record<string, unknown> = {}
    let areUsual = true
    for (const { name, isItself } of usual) {
      const value = given[name]
      if (!isItself(value)) areUsual = false
      else values[name] = value
    }
    if (areUsual) return values
    const { errors, coerced } = getVariableValues(schema, definitions, given, { maxErrors: 1 })
    if (!coerced) throw new NoPlainAnswerError(errors[0]?.message)
    return coerced
  }
}

/**
 * Makes the arguments of a field (§6.4.1): worked out once, unless they depend on variables. Those that are a variable are that
 * variable; an argument with a variable somewhere inside is left to graphql-js.
 */
export function argumentsOf(field: GraphQLField<unknown, unknown>, node: FieldNode): (run: Run) => Variables {
  const given = node.arguments ?? []
  const withVariables = given.filter((argument) => mentionsVariable(argument))
  if (withVariables.length === 0) {
    const values = getArgumentValues(field, node)
    return () => values
  }
  if (withVariables.some(({ value }) => value.kind !== Kind.VARIABLE))
    return ({ variables }) => getArgumentValues(field, node, { ...variables })
  const readers = field.args.map((argument) =>
    readArgument(
      argument,
      given.find(({ name }) => name.value === argument.name),
    ),
  )
  return ({ variables }) => {
    const values: Record<string, unknown> = {}
    for (const { name, read } of readers) {
      const value = read(variables)
      if (value !== undefined) values[name] = value
    }
    return values
  }
}

/** @param node undefined when it is not given; else a variable, or without any */
function readArgument(argument: GraphQLArgument, node: ArgumentNode | undefined) {
  const { name, type, defaultValue } = argument
  if (node?.value.kind !== Kind.VARIABLE) {
    const value: unknown = node ? valueFromAST(node.value, type) : defaultValue
    return { name, read: () => value }
  }
  const variable = node.value.name.value
  const isRequired = isNonNullType(type)
  return {
    name,
    read: (variables: Variables) => {
      const value = Object.hasOwn(variables, variable) ? variables[variable] : defaultValue
      if (isRequired && value == null) throw new NoPlainAnswerError(`No ${name}`)
      return value
    },
  }
}

/** Whether an argument in this part of a document is, or has, a variable; those of `@skip` and `@include` do not count. */
export function mentionsVariable(part: ASTNode, isMentionedIn: (fragment: string) => boolean = () => false): boolean {
  let isMentioned = false
  const found = () => {
    isMentioned = true
    return BREAK
  }
  visit(part, {
    Directive: () => false,
    Variable: found,
    FragmentSpread: ({ name }) => (isMentionedIn(name.value) ? found() : undefined),
  })
  return isMentioned
}
