import { type GraphQLError, getOperationAST } from 'graphql'
import type { Measurements } from '../performance/measurements.ts'
import type { OperationType } from '../performance/operation-timings.ts'
import type { SubscribeOptions } from './subscribe.ts'

export type OperationFigures = Pick<Measurements, 'operations' | 'errors' | 'authFailures'>

/** An operation that was answered, or refused. */
export interface AnsweredOperation {
  readonly operation: string | undefined
  readonly type: OperationType | undefined
  /** `extensions.code` of the first error of its answer. */
  readonly code: string | undefined
  readonly ms: number
}

/** What an error is counted as; undefined when there is none. */
export function codeOfError(error: GraphQLError | undefined): string | undefined {
  const code = error?.extensions.code
  return typeof code === 'string' ? code : error && 'INTERNAL_SERVER_ERROR'
}

export function recordOperation({ operation, type, code, ms }: AnsweredOperation, figures: OperationFigures): void {
  figures.operations.record(operation, ms, code !== undefined, type)
  if (code === undefined) return
  figures.errors.add(code)
  if (code === 'FORBIDDEN') figures.authFailures.add('forbidden')
}

/** Subscriptions are counted when they begin: how long a stream is listened to says nothing. */
export function recordStreams(figures: OperationFigures): NonNullable<SubscribeOptions['onBegun']> {
  return ({ document, operationName, contextValue: { info } }, { code, ms }) => {
    info.isCounted = true
    const operation = operationName ?? getOperationAST(document)?.name?.value
    recordOperation({ operation, type: 'subscription', code, ms }, figures)
  }
}
