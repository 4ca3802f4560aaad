import { expect } from 'vitest'

/** What `/metrics` says. */
export interface Scrape {
  readonly text: string
  /** The value of a series: `name{label="value"}`, as it is written; undefined when it is not there. */
  readonly value: (series: string) => number | undefined
  /** The series of a metric, without its prefix. */
  readonly series: (name: string) => readonly string[]
}

export async function scrape(url: string, headers: Record<string, string> = {}): Promise<Scrape> {
  const response = await fetch(url, { headers })
  const text = await response.text()
  expect(response.status, text).toBe(200)
  return readMetrics(text)
}

export function readMetrics(text: string): Scrape {
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const end = line.lastIndexOf(' ')
    expect(values.has(line.slice(0, end)), `twice: ${line}`).toBe(false)
    values.set(line.slice(0, end), Number(line.slice(end + 1)))
  }
  const whole = (series: string) => `tool_catalog_${series}`
  return {
    text,
    value: (series) => values.get(whole(series)),
    series: (name) =>
      [...values.keys()].filter((series) => series === whole(name) || series.startsWith(`${whole(name)}{`)),
  }
}

/** How much a series has grown; one that was not there began at 0. */
export function growth(before: Scrape, after: Scrape, series: string): number {
  return (after.value(series) ?? 0) - (before.value(series) ?? 0)
}
