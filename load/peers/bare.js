import { createServer } from 'node:http'
import { listen } from './listen.js'

// What node:http itself costs: read the body, parse it, answer as many bytes as an answer of the mix has on average.
const answer = Buffer.from(JSON.stringify({ data: 'x'.repeat(Math.max(0, Number(process.env.ANSWER_BYTES) - 11)) }))
listen(
  createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const { query } = JSON.parse(Buffer.concat(chunks).toString())
      response.writeHead(typeof query === 'string' ? 200 : 400, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': answer.length,
      })
      response.end(answer)
    })
  }),
)
