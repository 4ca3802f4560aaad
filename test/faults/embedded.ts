import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyChain } from '../../src/changes/verify.ts'
import { readConfig } from '../../src/config.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { Replica } from './replica.ts'
import { readHead } from './truth.ts'

/** A server with an embedded database of its own, in a folder that is gone afterwards. */
export interface Embedded {
  readonly dataDir: string
  readonly server: Replica
  /** Look into the database beside the running server. */
  readonly inside: <T>(work: (database: Database) => Promise<T>) => Promise<T>
  remove(): Promise<void>
}

export async function createEmbedded(name: string, logs: string): Promise<Embedded> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tool-catalog-faults-data-'))
  const server = await Replica.create(name, join(logs, `${name}.log`), { DATA_DIR: dataDir })
  return {
    dataDir,
    server,
    inside: async (work) => {
      const database = await openDatabase(readConfig({ DATA_DIR: dataDir }), { mayAttach: true })
      try {
        return await work(database)
      } finally {
        await database.close()
      }
    },
    remove: async () => {
      await server.kill()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Revisions without a gap, and a chain that verifies. */
export async function checkInside(database: Database): Promise<string[]> {
  const { findings } = await readHead(database)
  const { firstBad } = await verifyChain(database)
  return [...findings, ...(firstBad ? [`audit: revision ${firstBad.revision} is bad: ${firstBad.reason}`] : [])]
}
