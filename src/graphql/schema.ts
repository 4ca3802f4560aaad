import { type GraphQLSchema, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'
import type { Page } from '../catalog/page.ts'
import { builder } from './builder.ts'
import './scalars.ts'
import './tool.ts'
import './tool-version.ts'
import './capability.ts'
import './pattern.ts'
import './search.ts'
import './change-set.ts'
import './catalog-statistics.ts'
import './performance-statistics.ts'
import './performance-database.ts'
import './tool-diff.ts'
import './transfer.ts'
import './catalog-changes.ts'
import './catalog-state.ts'
import './validation.ts'
import './tool-mutations.ts'
import './version-mutations.ts'
import './part-mutations.ts'
import './import-tools.ts'
import './apply-definitions.ts'
import './execution.ts'
import './reload.ts'
import './reload-catalog.ts'
import './viewer.ts'
import './api-key.ts'

const RELAY_DESCRIPTIONS: Readonly<Record<string, string>> = {
  Node: 'An object with an id that `node` finds it by.',
  PageInfo: 'Where a page stands in its list.',
  id: 'Opaque id, unique over all types.',
  ids: 'Opaque ids.',
  node: 'The object.',
  nodes: 'The objects.',
  edges: 'The objects of the page, each with its cursor.',
  cursor: 'Place of the object in the list, for `after` and `before`.',
  pageInfo: 'Where the page stands in the list.',
  first: 'At most so many from the start, or behind `after`: 1 to 100, 20 when left out.',
  after: 'Only what stands behind this cursor.',
  last: 'At most so many from the end, or in front of `before`: 1 to 100.',
  before: 'Only what stands in front of this cursor.',
  hasNextPage: 'Whether there is more behind this page.',
  hasPreviousPage: 'Whether there is more in front of this page.',
  startCursor: 'Cursor of the first object; null on an empty page.',
  endCursor: 'Cursor of the last object; null on an empty page.',
}

/** The Relay plugin generates types, fields and arguments without descriptions; each has one of a few names. */
function describeRelay(built: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(built.getTypeMap())) {
    if (type.name.startsWith('__') || !(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)))
      continue
    const ofWhat = type.name.replace(/(Connection|Edge)$/, '')
    if (type.name.endsWith('Connection')) type.description ??= `A page of a list of ${ofWhat}.`
    else if (type.name.endsWith('Edge')) type.description ??= `One ${ofWhat} in a list.`
    type.description ??= RELAY_DESCRIPTIONS[type.name]
    for (const field of Object.values(type.getFields())) {
      field.description ??= RELAY_DESCRIPTIONS[field.name]
      if ('args' in field) for (const argument of field.args) argument.description ??= RELAY_DESCRIPTIONS[argument.name]
    }
  }
  return built
}

/** The Relay plugin would take the nodes out of the edges, each of which has a cursor that somebody has to make. */
function readNodesOfPages(built: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(built.getTypeMap())) {
    const nodes = isObjectType(type) && type.name.endsWith('Connection') ? type.getFields().nodes : undefined
    if (nodes) nodes.resolve = ({ nodes: ofPage }: Page<unknown>) => ofPage
  }
  return built
}

/** The whole schema. Imported for its side effects are the files of the nouns, each of which adds its own part. */
export const schema: GraphQLSchema = describeRelay(readNodesOfPages(builder.toSchema()))
