import { commit } from '../../src/catalog/commit.ts'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/database.ts'

// Child of the out-of-order fault: commits as many writes as it is told, by several writers at once, each of which sleeps
// for a moment inside its transaction.
const [url = '', toolId = '', toolName = ''] = process.argv.slice(2)
const database = await openDatabase(readConfig({ DATABASE_URL: url }))
const LONGEST_SLEEP_MS = 5

interface Order {
  readonly writers: number
  /** Of each writer. */
  readonly writes: number
}

async function obey({ writers, writes }: Order): Promise<void> {
  const revisions: string[] = []
  const write = async () => {
    for (let done = 0; done < writes; done++) revisions.push(...(await commitOne()))
  }
  await Promise.all(Array.from({ length: writers }, write))
  process.send?.(revisions)
}

async function commitOne(): Promise<string[]> {
  const { revision } = await commit(database, { actor: 'faults', source: 'api' }, async ({ record }) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_SLEEP_MS))
    const about = { kind: 'ToolUpdated', toolId, toolName, version: null, latest: null, draft: false } as const
    record({ ...about, before: null, after: null })
    return null
  })
  return revision === undefined ? [] : [revision]
}

process.on('message', (order: Order) => void obey(order))
process.send?.('ready')
