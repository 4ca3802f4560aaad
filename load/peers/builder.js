import SchemaBuilder from '@pothos/core'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import { DateTimeResolver, JSONResolver } from 'graphql-scalars'
import { getDatamodel } from './node_modules/.generated/dist/pothos-types.js'
import { createPrisma } from './prisma.js'

export const prisma = createPrisma()

export const builder = new SchemaBuilder({
  plugins: [PrismaPlugin, RelayPlugin],
  prisma: { client: prisma, dmmf: getDatamodel() },
  relay: { nodesOnConnection: true },
})

builder.addScalarType('DateTime', DateTimeResolver)
builder.addScalarType('JSON', JSONResolver)
builder.queryType({})

export const Status = builder.enumType('ToolStatus', {
  values: Object.fromEntries(
    ['draft', 'testing', 'active', 'deprecated', 'disabled'].map((value) => [value.toUpperCase(), { value }]),
  ),
})

/** What an anonymous reader may see: living tools that are more than a draft. */
export const VISIBLE = { deletedAt: null, status: { not: 'draft' } }
