import { isList, isObject, type Json, type JsonObject } from '../definition/json.ts'
import { ProfileError } from './client-error.ts'

/** Readers of what came over the wire: a typed value, or a ProfileError BAD_ANSWER that says what is missing. */

export function objectOf(value: Json | undefined, what: string): JsonObject {
  if (!isObject(value)) throw badAnswer(what)
  return value
}

export function textOf(value: Json | undefined, what: string): string {
  if (typeof value !== 'string') throw badAnswer(what)
  return value
}

export function listOf(value: Json | undefined, what: string): readonly Json[] {
  if (!isList(value)) throw badAnswer(what)
  return value
}

/** The JSON of a text, which is an object. */
export function parseObject(text: string, what: string): JsonObject {
  try {
    return objectOf(JSON.parse(text) as Json, what)
  } catch {
    throw badAnswer(what)
  }
}

/** The first of GraphQL's errors; undefined when there is none. */
export function firstError(errors: Json | undefined): ProfileError | undefined {
  if (!isList(errors) || errors.length === 0) return undefined
  const [error] = errors
  const { message, extensions } = isObject(error) ? error : {}
  const code = isObject(extensions) && typeof extensions.code === 'string' ? extensions.code : 'BAD_ANSWER'
  return new ProfileError(code, typeof message === 'string' ? message : 'The server answered with an error')
}

export function badAnswer(what: string): ProfileError {
  return new ProfileError('BAD_ANSWER', `The server's answer has no ${what}`)
}
