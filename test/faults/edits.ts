import { call } from './call.ts'
import type { Stand } from './stand.ts'

export interface Edit {
  readonly mutation: 'setToolEnabled' | 'deleteTool' | 'restoreTool'
  readonly input: Record<string, unknown>
  /** Index of the replica that is asked. */
  readonly replica: number
}

/** One write, which has to succeed; gives its revision. */
export async function edit({ replicas, keys }: Stand, { mutation, input, replica }: Edit): Promise<number> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`
  const query = `mutation Edit($input: ${type}!) { ${mutation}(input: $input) {
    ... on MutationSuccess { revision changes { kind } } ... on Error { code message } } }`
  const { data, errors } = await call({ url: replicas[replica]?.url ?? '', key: keys.editor }, query, { input })
  const revision = Number(data?.[mutation]?.revision)
  if (!(revision > 0) || data[mutation].changes.length === 0)
    throw new Error(`${mutation} failed: ${JSON.stringify(data ?? errors)}`)
  return revision
}
