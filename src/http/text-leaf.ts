import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  type GraphQLLeafType,
  type GraphQLScalarType,
  GraphQLString,
} from 'graphql'

/** The JSON of a value of a scalar or an enum. @throws Error for a value that is none of its type */
export type LeafText = (value: unknown) => string

/** How values of a type are written: the usual ones at once, everything else as the type itself says. */
export function leafText(type: GraphQLLeafType): LeafText {
  if (type instanceof GraphQLEnumType) return enumText(type)
  const asTypeSays = serialised(type)
  if (type === GraphQLString || type === GraphQLID)
    return (value) => (typeof value === 'string' ? JSON.stringify(value) : asTypeSays(value))
  if (type === GraphQLBoolean) return (value) => (typeof value === 'boolean' ? String(value) : asTypeSays(value))
  if (type === GraphQLFloat) return (value) => (Number.isFinite(value) ? String(value) : asTypeSays(value))
  return asTypeSays
}

function serialised(type: GraphQLScalarType | GraphQLEnumType): LeafText {
  return (value) => {
    const written: unknown = type.serialize(value)
    // To graphql-js that is an error, too.
    if (written == null) throw new TypeError(`A value of ${type.name} was written as nothing`)
    return JSON.stringify(written)
  }
}

function enumText(type: GraphQLEnumType): LeafText {
  const asTypeSays = serialised(type)
  const known = new Map(type.getValues().map(({ name, value }) => [value as unknown, JSON.stringify(name)]))
  return (value) => known.get(value) ?? asTypeSays(value)
}
