import http from 'k6/http'
import { Rate } from 'k6/metrics'

export const URL = __ENV.TOOL_CATALOG_URL || 'http://127.0.0.1:3005/graphql'
export const KEY = __ENV.TOOL_CATALOG_KEY || undefined

/** Most who read may not write: their key, and not a stronger one, is what reads are measured with. */
export const READER_KEY = __ENV.TOOL_CATALOG_READER_KEY || KEY

/** Each virtual user says its first failure: thousands of them at once would say no more. */
let hasToldFailure = false

const HEADERS = { 'content-type': 'application/json', accept: 'application/graphql-response+json' }

/** Answers with errors, or without data: GraphQL says those with status 200 as well. */
const graphqlErrors = new Rate('graphql_errors')

/**
 * Send one operation; its requests are told apart by the name.
 * @param key whose it is: of those who write, when it is not said
 * @returns its `data`; undefined when the answer has errors, or is none
 */
export function ask<T>(name: string, query: string, variables: object = {}, key = KEY): T | undefined {
  const headers = { ...HEADERS, ...(key && { authorization: `Bearer ${key}` }) }
  const response = http.post(URL, JSON.stringify({ query, variables }), { headers, tags: { name } })
  const answer = parse(textOf(response.body))
  const isGood = response.status === 200 && answer?.data != null && answer.errors === undefined
  graphqlErrors.add(!isGood)
  if (!isGood) tellFailure(`${name}: ${response.status} ${textOf(response.body).slice(0, 300) || response.error}`)
  return isGood ? (answer.data as T) : undefined
}

/** What came is text, unless k6 is asked for bytes, or nothing came. */
export function textOf(body: unknown): string {
  return typeof body === 'string' ? body : ''
}

function tellFailure(text: string): void {
  if (!hasToldFailure) console.warn(text)
  hasToldFailure = true
}

function parse(body: string): { readonly data?: unknown; readonly errors?: unknown } | undefined {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
