import type { ToolOrderField } from '../catalog/tools.ts'
import { builder } from './builder.ts'
import { OrderDirection, ToolStatus } from './enums.ts'

export const ToolFilterInput = builder.inputType('ToolFilter', {
  description: 'Which tools. Every field that is given must hold.',
  fields: (t) => ({
    platform: t.string({ description: 'Exact platform.' }),
    category: t.string({ description: 'Exact category.' }),
    status: t.field({ type: ToolStatus, description: 'Stage of the latest version.' }),
    enabled: t.boolean({
      description: 'Enabled tools only (true, which is also the default), disabled ones only (false), or both (null).',
    }),
    tag: t.string({ description: 'A tag, compared case-insensitively.' }),
    capability: t.string({
      description: 'Name of a capability that the latest version has, compared case-insensitively.',
    }),
    nameContains: t.string({ description: 'Part of the name, compared case-insensitively; no character is special.' }),
    productionSafe: t.boolean({ description: 'Whether every pattern is production safe.' }),
    requiresApproval: t.boolean({ description: 'Whether some pattern requires approval.' }),
    deleted: t.boolean({ description: 'Deleted tools instead of living ones. Only editors see any.' }),
  }),
})

const ToolOrderFieldEnum = builder.enumType('ToolOrderField', {
  description: 'What tools can be sorted by. Equal ones are sorted by name.',
  values: {
    NAME: { value: 'name', description: 'Lower-case name.' },
    PLATFORM: { value: 'platform', description: 'Platform.' },
    CATEGORY: { value: 'category', description: 'Category.' },
    CREATED_AT: { value: 'createdAt', description: 'When the tool came.' },
    UPDATED_AT: { value: 'updatedAt', description: 'When the tool last changed, as far as that is published.' },
  } as const satisfies Record<string, { value: ToolOrderField; description: string }>,
})

export const ToolOrderInput = builder.inputType('ToolOrder', {
  description: 'How tools are sorted.',
  fields: (t) => ({
    field: t.field({ type: ToolOrderFieldEnum, required: true, description: 'What to sort by.' }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'asc',
      description: 'Which end comes first.',
    }),
  }),
})
