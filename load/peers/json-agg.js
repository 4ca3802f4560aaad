import { createServer } from 'node:http'
import pg from 'pg'
import { STATEMENTS } from './json-agg-sql.js'
import { listen } from './listen.js'

// What a read costs that goes to the database and no further: one prepared statement, its JSON passed on as text.
pg.types.setTypeParser(pg.types.builtins.JSON, (text) => text)
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
const OPERATION = /^query ([A-Za-z]+)/

listen(
  createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => answer(Buffer.concat(chunks).toString(), response))
  }),
)

async function answer(body, response) {
  try {
    const { query, variables = {} } = JSON.parse(body)
    const statementOf = STATEMENTS[OPERATION.exec(query)[1]]
    const { rows } = await pool.query({ ...statementOf(variables), rowMode: 'array' })
    const bytes = Buffer.from(`{"data":${rows[0][0]}}`)
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length })
    response.end(bytes)
  } catch (error) {
    response.writeHead(500, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ errors: [{ message: String(error) }] }))
  }
}
