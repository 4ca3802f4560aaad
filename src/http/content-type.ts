import { LRUCache } from 'lru-cache'

const JSON_TYPE = 'application/json'
/** https://graphql.github.io/graphql-over-http/draft/ */
const RESPONSE_TYPE = 'application/graphql-response+json'

/** What was found out about headers before: clients have few different ones, and who makes up many gains nothing. */
const known = new LRUCache<string, { readonly type: string | undefined }>({ max: 100 })

/**
 * What a plain answer is sent as to whoever accepts this: what Yoga would choose.
 * @returns undefined when none of it would do, or a stream is wanted
 */
export function negotiate(accept = '*/*'): string | undefined {
  const found = known.get(accept)
  if (found) return found.type
  const type = choose(accept)
  known.set(accept, { type })
  return type
}

function choose(accept: string): string | undefined {
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const charset = parameters.find((parameter) => parameter.startsWith('charset='))
    if (charset !== undefined && charset !== 'charset=utf-8') continue
    if (type === RESPONSE_TYPE || type === JSON_TYPE) return `${type}; charset=utf-8`
    if (type === '*/*' || type === 'application/*') return `${JSON_TYPE}; charset=utf-8`
  }
  return undefined
}
