import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  type Source,
  type ValidationRule,
  validate,
} from 'graphql'
import type { Config } from '../config.ts'
import { isDeeperThan } from './json-depth.ts'
import { estimateCost } from './query-cost.ts'
import { type QueryShape, shapeOf } from './query-shape.ts'
import { Refusal, refuse } from './refusal.ts'

export type QueryLimits = Pick<
  Config,
  'MAX_QUERY_TOKENS' | 'MAX_QUERY_ALIASES' | 'MAX_QUERY_DIRECTIVES' | 'MAX_QUERY_DEPTH' | 'MAX_QUERY_COST'
>

/** Deepest nesting of variables: what a definition may have, and some levels around it. */
const MOST_VARIABLE_LEVELS = 64
/** With the one that says that there are more: 10. */
const MOST_VALIDATION_ERRORS = 9

/** What an operation asks for with its variables. */
export interface AskedOperation {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/** @throws Refusal when it is too long or nested too deeply to be read; GraphQLError for bad syntax */
export function parseDocument(source: string | Source, limits: QueryLimits): DocumentNode {
  try {
    return withinStack(() => parse(source, { maxTokens: limits.MAX_QUERY_TOKENS }))
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw isTokenLimit(error) ? refuse.tooManyTokens() : error
  }
}

/** @throws Refusal for what the document alone shows to be too much */
export function checkDocument(document: DocumentNode, limits: QueryLimits): void {
  checkShape(
    withinStack(() => shapeOf(document)),
    limits,
  )
}

/** The mistakes in a document, the first few of them. @throws Refusal */
export function validateDocument(schema: GraphQLSchema, document: DocumentNode, rules?: readonly ValidationRule[]) {
  return withinStack(() => validate(schema, document, rules, { maxErrors: MOST_VALIDATION_ERRORS }))
}

/** @throws Refusal for variables that are nested too deeply */
export function checkVariables(variables: AskedOperation['variables']): void {
  if (isDeeperThan(variables, MOST_VARIABLE_LEVELS)) throw refuse.tooDeep()
}

/** @param operation of a valid document. @throws Refusal when its answer could become too large */
export function checkCost({ schema, document, operationName, variables }: AskedOperation, limits: QueryLimits): void {
  if (estimateCost(schema, document, operationName, variables) > limits.MAX_QUERY_COST) throw refuse.tooCostly()
}

function checkShape({ aliases, directives, depth }: QueryShape, limits: QueryLimits): void {
  if (aliases > limits.MAX_QUERY_ALIASES) throw refuse.tooManyAliases()
  if (directives > limits.MAX_QUERY_DIRECTIVES) throw refuse.tooManyDirectives()
  if (depth > limits.MAX_QUERY_DEPTH) throw refuse.tooDeep()
}

/** Parsing and validating recurse; a document that is nested deeply enough ends the stack, and is the caller's mistake. */
function withinStack<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof RangeError ? refuse.tooDeep() : error
  }
}

/** graphql-js has no code for it. */
function isTokenLimit(result: unknown): boolean {
  return result instanceof GraphQLError && / Document contains more tha[nt] \d+ tokens/.test(result.message)
}
