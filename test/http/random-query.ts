import fc from 'fast-check'
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import { schema } from '../../src/graphql/schema.ts'

/** Arguments of the fields that are asked with some; other fields with required arguments are left out. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  'Query.tool': '(name: $name)',
  'Query.tools': '(first: $first, filter: { enabled: null })',
  'Query.toolVersions': '(tool: $name)',
  'Query.searchTools': '(query: "print lines", first: 3)',
  'Query.capability': '(tool: $name, name: "text_search")',
  'Query.capabilities': '(first: 3)',
  'Query.patterns': '(first: $first)',
  'Query.toolDiff': '(tool: $name, from: "1.0.0", to: "2.0.0")',
  'Query.catalogStatistics': '(exact: true)',
  'Query.exportTools': '(first: 2)',
  'Tool.version': '(version: "1.0.0")',
  'Tool.versions': '(first: $first)',
  'Tool.history': '(last: 2)',
}
const ROOTS = Object.keys(ARGUMENTS).flatMap((key) => (key.startsWith('Query.') ? key.slice('Query.'.length) : []))

const HEAD = 'query Random($name: String!, $first: Int = 2, $yes: Boolean!, $no: Boolean!)'

/** Valid queries over the catalog, most of them odd: aliases, fragments in fragments, fields twice, things left out. */
export const randomQuery: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...ROOTS), { minLength: 1, maxLength: 3 })
  .chain((roots) => fc.tuple(...roots.map((root) => field(queryType(), root, 4))))
  .map((fields) => `${HEAD} { ${fields.join(' ')} } fragment Named on Tool { name status ... on Node { id } }`)

function queryType(): GraphQLObjectType {
  return schema.getQueryType() as GraphQLObjectType
}

function selections(type: GraphQLNamedType, depth: number): fc.Arbitrary<string> {
  if (isAbstractType(type)) {
    const parts = schema.getPossibleTypes(type).map((object) => inside(object, depth))
    return fc.tuple(...parts).map((texts) => `{ __typename ${texts.join(' ')} }`)
  }
  if (!isObjectType(type)) throw new Error(`${type.name} has no fields`)
  const names = Object.values(type.getFields()).flatMap((each) => (isAskable(type, each, depth) ? each.name : []))
  const some = fc.array(fc.constantFrom('__typename', ...names), { minLength: 1, maxLength: 5 })
  return some
    .chain((chosen) => fc.tuple(...chosen.map((name) => part(type, name, depth))))
    .map((texts) => `{ ${texts.join(' ')} }`)
}

function inside(type: GraphQLObjectType, depth: number): fc.Arbitrary<string> {
  return selections(type, depth).map((text) => `... on ${type.name} ${text}`)
}

/** A field, as it is or somewhere in a fragment. */
function part(type: GraphQLObjectType, name: string, depth: number): fc.Arbitrary<string> {
  const plain = field(type, name, depth)
  const wrappers = ['... on TYPE { IT }', '... @include(if: $yes) { IT }', '... @skip(if: $yes) { IT }']
  const wrapped = fc
    .tuple(plain, fc.constantFrom(...wrappers))
    .map(([text, wrapper]) => wrapper.replace('TYPE', type.name).replace('IT', () => text))
  const named = type.name === 'Tool' ? [fc.constant('...Named'), fc.constant('...Named @include(if: $no)')] : []
  return fc.oneof({ weight: 6, arbitrary: plain }, wrapped, ...named)
}

function field(type: GraphQLObjectType, name: string, depth: number): fc.Arbitrary<string> {
  const leaf = name === '__typename' || isLeafType(getNamedType(type.getFields()[name]?.type))
  const args = ARGUMENTS[`${type.name}.${name}`] ?? ''
  const below = leaf
    ? fc.constant('')
    : selections(getNamedType(type.getFields()[name]?.type) as GraphQLObjectType, depth - 1)
  // The same key is always the same field: another would not be valid.
  const ways = fc.constantFrom(`${name}${args}`, `${name}${args}`, `${name}_again: ${name}${args}`)
  const directives = fc.constantFrom('', '', '', ' @include(if: $yes)', ' @skip(if: $no)', ' @include(if: $no)')
  return fc.tuple(ways, directives, below).map((texts) => texts.join(' '))
}

function isAskable(type: GraphQLObjectType, each: GraphQLField<unknown, unknown>, depth: number): boolean {
  const target = getNamedType(each.type)
  if (ARGUMENTS[`${type.name}.${each.name}`] === undefined && each.args.some(isRequiredArgument)) return false
  // Another moment each time.
  if (each.name === 'computedAt') return false
  return isLeafType(target) || (depth > 1 && !isInterfaceType(target))
}
