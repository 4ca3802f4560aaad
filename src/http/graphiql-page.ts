import type { IncomingMessage, ServerResponse } from 'node:http'
import { EXAMPLE_QUERY } from './example-query.ts'

/** A browser that was pointed here, and not a program with an operation. */
export function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}

/** GraphiQL, all in one page: it loads nothing from elsewhere. */
export function createGraphiqlPage(): (response: ServerResponse) => Promise<void> {
  let page: Promise<Buffer> | undefined
  return async (response) => {
    page ??= renderPage()
    const content = await page
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': content.length })
      .end(content)
  }
}

/** Nine megabytes, and the library as much again: loaded when a browser first asks. */
async function renderPage(): Promise<Buffer> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  return Buffer.from(renderGraphiQL({ title: 'Tool Catalog', defaultQuery: EXAMPLE_QUERY }))
}
