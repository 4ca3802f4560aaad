import pg from 'pg'
import { readProcess } from '../monitor/process-figures.ts'

/** Processor time that the backends of one database take, where the database runs on this machine. */
export class DatabaseLoad {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  static async open(url: string): Promise<DatabaseLoad> {
    const client = new pg.Client({ connectionString: url })
    // The database is dropped under it at the end of a run that failed.
    client.on('error', () => {})
    await client.connect()
    return new DatabaseLoad(client)
  }

  async close(): Promise<void> {
    await this.#client.end()
  }

  /** @returns what `work` gives, and the seconds that backends worked meanwhile; NaN when they cannot be seen */
  async during<T>(work: () => Promise<T>): Promise<{ result: T; cpuSeconds: number }> {
    const before = await this.#backends()
    const result = await work()
    const after = await this.#backends()
    // One that came meanwhile began at zero; one that went is not one that worked: pools end idle connections.
    const seconds = [...after].map(([pid, spent]) => spent - (before.get(pid) ?? 0))
    return { result, cpuSeconds: after.size === 0 ? Number.NaN : seconds.reduce((sum, value) => sum + value, 0) }
  }

  async #backends(): Promise<Map<number, number>> {
    const { rows } = await this.#client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    return new Map(
      rows.flatMap(({ pid }) => {
        const figures = readProcess(pid)
        return figures ? [[pid, figures.cpuSeconds] as const] : []
      }),
    )
  }
}
