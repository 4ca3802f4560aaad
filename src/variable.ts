import { CronPattern } from 'croner'
import { z } from 'zod'

export interface Variable<T> {
  readonly schema: z.ZodType<T, string>
  /** As it would be written in the environment; undefined for a variable without a default. */
  readonly default: string | undefined
  readonly meaning: string
  /** Whether the value must not be repeated where others may read it. */
  readonly isSecret: boolean
}

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be between ${least} and ${most}`)
export const oneOf = <const T extends readonly [string, ...string[]]>(...words: T) =>
  z.enum(words, { error: `must be one of ${words.join(', ')}` })
export const flag = () => oneOf('true', 'false').transform((value) => value === 'true')

export function variable<T>(schema: z.ZodType<T, string>, fallback: string | undefined, meaning: string): Variable<T> {
  return { schema, default: fallback, meaning, isSecret: false }
}

export function secret<T>(schema: z.ZodType<T, string>, meaning: string): Variable<T> {
  return { schema, default: undefined, meaning, isSecret: true }
}

export const optionalText = () => z.string().optional() as z.ZodType<string | undefined, string>
export const httpUrl = () => z.string().refine(isHttpUrl, 'must be an https:// or http:// URL')
export const optionalUrl = () => httpUrl().optional() as z.ZodType<string | undefined, string>

/** Comma-separated words. */
export function listOf<T extends z.ZodType<string, string>>(item: T) {
  return z
    .string()
    .transform((value) => value.split(',').flatMap((word) => word.trim() || []))
    .pipe(z.array(item)) as z.ZodType<z.output<T>[], string>
}

export function isHttpUrl(value: string): boolean {
  return /^https?:\/\//.test(value) && URL.canParse(value)
}

export function isOrigin(value: string): boolean {
  return isHttpUrl(value) && new URL(value).origin === value
}

export function cronPattern() {
  return z.string().refine(isCronPattern, 'must be a cron expression such as */5 * * * *')
}

function isCronPattern(value: string): boolean {
  try {
    new CronPattern(value)
    return true
  } catch {
    return false
  }
}

export function share() {
  return z
    .string()
    .regex(/^\d+(?:\.\d+)?$/, 'must be a number between 0 and 1')
    .transform(Number)
    .refine((value) => value <= 1, 'must be a number between 0 and 1')
}

export function metricsToken() {
  return z.string().regex(/^[\w.~+/-]{16,}=*$/, 'must be 16 or more letters, digits and ._~+/-')
}

/** Shorter ones can be guessed from one signed call. */
export function webhookSecret() {
  return z.string().min(24, 'must have at least 24 characters')
}

export const databaseUrl = z
  .string()
  .refine(
    (value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value),
    'must look like postgresql://user:password@host:5432/database',
  )
