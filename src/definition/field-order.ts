import type { Noun } from './schema.ts'
import { headFields, Pattern } from './schema.ts'

const { version, description, platform, category, execution_location, status, enabled, tags, created_by, ...rest } =
  headFields
const { defaults, dependencies, metadata, examples } = rest

/** The order that readers expect: what it is, what it needs, what it can do, and last what is about the text itself. */
export const FIELD_ORDER = {
  definition: [
    'tool_name',
    'name',
    ...Object.keys({
      version,
      description,
      platform,
      category,
      execution_location,
      status,
      enabled,
      tags,
      created_by,
      defaults,
      dependencies,
    }),
    'capabilities',
    ...Object.keys({ metadata, examples }),
  ],
  capability: ['capability_name', 'description', 'patterns'],
  pattern: ['pattern_name', ...Object.keys(Pattern.shape)],
} as const satisfies Partial<Record<Noun, readonly string[]>>
