import { z } from 'zod'
import type { JsonObject } from './json.ts'
import { DefinitionDocument } from './schema.ts'

/** Draft 7, which every YAML language server reads. */
export function definitionJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(DefinitionDocument, { target: 'draft-7', io: 'input' })
  const { $schema, ...rest } = schema
  // `toJSONSchema` gives plain JSON; its own type is wider than ours.
  return {
    $schema,
    title: 'Tool Catalog definition',
    description: 'One version of one tool: what it can do, what that costs, and when it is safe.',
    ...rest,
  } as unknown as JsonObject
}
