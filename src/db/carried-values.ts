import { randomUUID } from 'node:crypto'
import type { SqlDriverAdapterFactory, SqlQuery, Transaction } from '@prisma/driver-adapter-utils'

/**
 * Large values of raw statements, on their way past Prisma. Prisma writes the values of a raw statement as JSON and reads
 * them again before it hands them to the driver: for the 10 MB of a batch of 1,000 tools that takes longer than everything
 * else the process does with it. So Prisma carries a ticket, and the driver adapter exchanges it for the value. The
 * statement itself goes the ordinary way: Prisma's transaction, its timeouts and its errors.
 */
const left = new Map<string, string>()

/** Whether a database was opened whose adapter takes tickets. */
let isExchanged = false

/** Shorter ones cost less than a ticket. */
const LARGE = 10_000

/** Run a statement with tickets in the place of large values; they are good until it has ended. */
export async function carry<T>(values: readonly string[], run: (values: string[]) => Promise<T>): Promise<T> {
  const tickets = values.map((value) => (isExchanged && value.length > LARGE ? leave(value) : value))
  try {
    return await run(tickets)
  } finally {
    for (const ticket of tickets) left.delete(ticket)
  }
}

function leave(value: string): string {
  const ticket = randomUUID()
  left.set(ticket, value)
  return ticket
}

/** An adapter whose transactions take tickets for values. */
export function exchangeTickets(factory: SqlDriverAdapterFactory): SqlDriverAdapterFactory {
  isExchanged = true
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => {
      const adapter = await factory.connect()
      const start = adapter.startTransaction.bind(adapter)
      adapter.startTransaction = async (isolationLevel) => inExchange(await start(isolationLevel))
      return adapter
    },
  }
}

function inExchange(transaction: Transaction): Transaction {
  const queryRaw = transaction.queryRaw.bind(transaction)
  const executeRaw = transaction.executeRaw.bind(transaction)
  transaction.queryRaw = (query) => queryRaw(exchange(query))
  transaction.executeRaw = (query) => executeRaw(exchange(query))
  return transaction
}

function exchange(query: SqlQuery): SqlQuery {
  if (left.size === 0) return query
  return { ...query, args: query.args.map((value) => (typeof value === 'string' && left.get(value)) || value) }
}
