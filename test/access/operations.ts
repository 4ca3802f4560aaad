import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  type OperationTypeNode,
} from 'graphql'
import { schema } from '../../src/graphql/schema.ts'

/** Values of arguments and input fields by name: those of leaf types that are here are given even where they are optional. */
export type Values = Readonly<Record<string, unknown>>

export interface Operation {
  readonly query: string
  readonly variables: Record<string, unknown>
}

/** Nothing has this name or id, and no other value does any harm. */
const HARMLESS: Values = {
  String: 'no-such-thing',
  ID: Buffer.from('Tool:00000000-0000-4000-8000-000000000000').toString('base64'),
  Int: 1,
  Float: 1,
  Boolean: true,
  Revision: '0',
  DateTime: '2026-01-01T00:00:00.000Z',
  JSON: {},
}

/** The fields of a root type. */
export function rootFields(kind: OperationTypeNode): GraphQLField<unknown, unknown>[] {
  return Object.values(schema.getRootType(kind)?.getFields() ?? {})
}

/** An operation of one root field, with arguments made from their types. */
export function operationFor(
  kind: OperationTypeNode,
  field: GraphQLField<unknown, unknown>,
  values: Values,
): Operation {
  const given = field.args.filter((argument) => isRequiredArgument(argument) || isNamed(argument, values))
  const declared = given.map(({ name, type }) => `$${name}: ${type.toString()}`).join(', ')
  const passed = given.map(({ name }) => `${name}: $${name}`).join(', ')
  const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }'
  return {
    query: `${kind}${declared && `(${declared})`} { answer: ${field.name}${passed && `(${passed})`} ${selection} }`,
    variables: Object.fromEntries(given.map((argument) => [argument.name, madeValue(argument, values)])),
  }
}

function isNamed({ name, type }: { readonly name: string; readonly type: GraphQLInputType }, values: Values): boolean {
  return name in values && isLeafType(getNamedType(type))
}

function madeValue(
  { name, type }: { readonly name: string; readonly type: GraphQLInputType },
  values: Values,
): unknown {
  if (isNonNullType(type)) return madeValue({ name, type: type.ofType }, values)
  if (isListType(type)) return [madeValue({ name, type: type.ofType }, values)]
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    const given = type.isOneOf
      ? fields.filter((field) => isLeafType(getNamedType(field.type))).slice(0, 1)
      : fields.filter((field) => isRequiredInputField(field) || isNamed(field, values))
    return Object.fromEntries(given.map((field) => [field.name, madeValue(field, values)]))
  }
  if (name in values) return values[name]
  if (isEnumType(type)) return type.getValues()[0]?.name
  if (type.name in HARMLESS) return HARMLESS[type.name]
  throw new Error(`Give a harmless value for the scalar ${type.name}`)
}
