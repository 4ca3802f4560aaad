import { z } from 'zod'

/** Kinds of fields that the format uses again and again; what an editor shows comes with each of them. */
export const TOOL_NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/
export const PART_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/

export const text = (most: number, description: string, examples?: readonly string[]) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .meta({ description, ...(examples && { examples: [...examples] }) })
export const unitInterval = (description: string) => z.number().min(0).max(1).meta({ description })
export const amount = (description: string) => z.number().min(0).meta({ description })
export const expression = (description: string) =>
  z.union([z.string().min(1), z.number()]).meta({
    description: `${description} A number or an arithmetic expression.`,
    examples: [1000, '500 + 0.1 * file_size_kb', 'ceil(N / 100)'],
  })
export const partName = (description: string) => z.string().regex(PART_NAME).meta({ description })
export const anything = (description: string, examples?: readonly string[]) =>
  z.unknown().meta({ description, ...(examples && { examples: [...examples] }) })

export const formerName = z
  .string()
  .regex(TOOL_NAME)
  .optional()
  .meta({
    description: 'Name that the tool had before: tool-catalog apply renames it, with its versions and history.',
    examples: ['old-grep'],
  })
