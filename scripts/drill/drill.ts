import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cluster } from '../../test/faults/cluster.ts'
import { localServer } from './local-server.ts'

/** Something that goes wrong, and how everything comes back. */
export interface Drill {
  readonly name: string
  readonly title: string
  /** How long it may take until everything is back, in minutes. */
  readonly limitMinutes: number
  /** @returns how long it took from the moment it went wrong until everything was back, in milliseconds */
  run(scene: Scene): Promise<number>
}

/** What a drill is played with. */
export class Scene {
  /** For files; gone when the drill went well. */
  readonly folder = mkdtempSync(join(tmpdir(), 'tool-catalog-drill-'))
  readonly cluster: Pick<Cluster, 'administer' | 'port' | 'url'>
  readonly failures: string[] = []
  readonly #name: string
  readonly #started = performance.now()
  readonly #leftovers: (() => unknown)[] = []

  constructor(name: string, databaseUrl: string) {
    this.#name = name.replaceAll('-', '_')
    this.cluster = localServer(databaseUrl)
  }

  /** A name for a database that nobody else has. */
  databaseName(): string {
    return `drill_${this.#name}_${randomBytes(4).toString('hex')}`
  }

  /** Close something at the end, last in, first out. @returns what closes it before */
  closeLater(close: () => unknown): () => Promise<void> {
    this.#leftovers.unshift(close)
    return async () => {
      this.#leftovers.splice(this.#leftovers.indexOf(close), 1)
      await close()
    }
  }

  /** What happens, with the time since the beginning. */
  say(text: string): void {
    const seconds = ((performance.now() - this.#started) / 1_000).toFixed(1)
    process.stdout.write(`${seconds.padStart(6)} s  ${text.replaceAll('\n', `\n${' '.repeat(10)}`)}\n`)
  }

  /** Something that must hold. */
  expect(holds: boolean, text: string): void {
    this.say(holds ? `ok: ${text}` : `FAILED: ${text}`)
    if (!holds) this.failures.push(text)
  }

  /** Findings of somebody who has looked; none is good. */
  expectNone(findings: readonly string[], text: string): void {
    this.expect(findings.length === 0, [text, ...findings.slice(0, 5)].join('\n  '))
  }

  async close(): Promise<void> {
    for (const close of this.#leftovers.splice(0)) await close()
    if (this.failures.length === 0) rmSync(this.folder, { recursive: true, force: true })
    else this.say(`Kept: ${this.folder}`)
  }
}
