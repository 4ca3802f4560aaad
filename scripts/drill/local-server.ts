import pg from 'pg'
import type { Cluster } from '../../test/faults/cluster.ts'

/** A PostgreSQL server that is there, as the faults see one of their own. */
export function localServer(address: string): Pick<Cluster, 'administer' | 'port' | 'url'> {
  const { port } = new URL(address)
  const url = (database: string, otherPort?: number) => {
    const changed = new URL(address)
    changed.pathname = `/${database}`
    if (otherPort !== undefined) changed.port = String(otherPort)
    return changed.href
  }
  const administer = async (sql: string) => {
    const client = new pg.Client({ connectionString: url('postgres') })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
  return { port: Number(port || 5432), url, administer }
}
