import type { Context } from './context.ts'
import { codeOf } from './errors.ts'

type ErrorClass = new (...parameters: never[]) => Error

/** Do what a mutation does. An error that is a member of its union is counted, and thrown on. */
export async function countRejections<T>(
  mutation: string,
  modelled: readonly ErrorClass[],
  { performance }: Pick<Context, 'performance'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && modelled.some((type) => error instanceof type))
      performance.rejections.add(mutation, codeOf(error.name))
    throw error
  }
}
