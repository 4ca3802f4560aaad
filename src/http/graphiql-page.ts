import type { IncomingMessage, ServerResponse } from 'node:http'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import { EXAMPLE_QUERY } from './example-query.ts'

/** A browser that was pointed here, and not a program with an operation. */
export function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}

/** GraphiQL, all in one page: it loads nothing from elsewhere. */
export function createGraphiqlPage(): (response: ServerResponse) => void {
  // Nine megabytes, made when they are first wanted.
  let page: Buffer | undefined
  return (response) => {
    page ??= Buffer.from(renderGraphiQL({ title: 'Tool Catalog', defaultQuery: EXAMPLE_QUERY }))
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': page.length }).end(page)
  }
}
