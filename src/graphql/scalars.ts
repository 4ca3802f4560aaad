import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import { DateTimeResolver, JSONResolver } from 'graphql-scalars'
import { builder } from './builder.ts'

const REVISION = /^(?:0|[1-9]\d{0,17})$/

function parseRevision(value: unknown): string {
  if (typeof value === 'string' && REVISION.test(value)) return value
  throw new GraphQLError('Revision must be a string of digits', { extensions: { code: 'BAD_USER_INPUT' } })
}

builder.addScalarType(
  'Revision',
  new GraphQLScalarType<string, string>({
    name: 'Revision',
    description:
      'Number of a committed change of the catalog, as digits in a string: it has 64 bits, and an Int has 32.',
    serialize: (value) => String(value),
    parseValue: parseRevision,
    parseLiteral: (node) => parseRevision(node.kind === Kind.STRING ? node.value : undefined),
  }),
)
builder.addScalarType('DateTime', DateTimeResolver)
builder.addScalarType('JSON', JSONResolver)
