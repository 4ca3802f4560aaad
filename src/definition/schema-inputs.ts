import { z } from 'zod'
import { anything, PART_NAME, text } from './schema-fields.ts'
import { VALUE_TYPES } from './vocabulary.ts'

export const Input = z
  .looseObject({
    name: z
      .string()
      .regex(PART_NAME)
      .meta({ description: 'Name of the input.', examples: ['pattern', 'target'] }),
    type: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Type of the value, for example string or integer.', examples: [...VALUE_TYPES] }),
    description: text(10_000, 'What to give, for a person or an agent.').optional(),
    validation: z
      .string()
      .max(1000)
      .optional()
      .meta({ description: 'Regular expression that every legal value matches.', examples: ['^[A-Za-z0-9._-]+$'] }),
    default: anything('Value used when the input is not given.').optional(),
    examples: z.array(z.unknown()).optional().meta({ description: 'Legal values to show.' }),
    allowed_values: z.array(z.unknown()).optional().meta({ description: 'The only legal values.' }),
    required: z.boolean().optional().meta({ description: 'Whether the input must be given.' }),
  })
  .meta({ id: 'Input', description: 'One input of a pattern.' })

export const Output = z
  .looseObject({
    name: z
      .string()
      .regex(PART_NAME)
      .meta({ description: 'Name of the output.', examples: ['lines', 'exit_status'] }),
    type: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Type of the value.', examples: [...VALUE_TYPES] }),
    description: text(10_000, 'What the value means.').optional(),
  })
  .meta({ id: 'Output', description: 'One output of a pattern.' })
