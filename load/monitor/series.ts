import type { Sample } from '../monitor.ts'

/** A value at a time (milliseconds since 1970); null where it is not known. */
export type Point = readonly [at: number, value: number | null]

export interface Series {
  readonly label: string
  readonly points: readonly Point[]
}

/** Samples as they were written, one JSON a line; a last line that was cut off is left out. */
export function parseSamples(text: string): Sample[] {
  const samples = text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Sample]
    } catch {
      return []
    }
  })
  // Each waits for its own answer: a later one may have been written first.
  return samples.sort((a, b) => a.at - b.at)
}

/** A value of each sample. */
export function gauge(label: string, samples: readonly Sample[], read: (sample: Sample) => number | null | undefined) {
  return { label, points: samples.map((sample): Point => [sample.at, read(sample) ?? null]) }
}

/** How fast a count grows, a second: between one sample that has it and the next one that has it. */
export function rate(label: string, samples: readonly Sample[], read: (sample: Sample) => number | undefined): Series {
  return { label, points: differences(samples, read).map(({ at, ms, grown }): Point => [at, (grown / ms) * 1_000]) }
}

/** A share of what happened between two samples, 0 to 100; null where nothing happened. */
export function share(
  label: string,
  samples: readonly Sample[],
  part: (sample: Sample) => number | undefined,
  whole: (sample: Sample) => number | undefined,
): Series {
  const parts = differences(samples, part)
  return {
    label,
    points: differences(samples, whole).map(({ at, grown }, i): Point => {
      const of = parts[i]?.grown
      return [at, grown > 0 && of !== undefined ? (of / grown) * 100 : null]
    }),
  }
}

function differences(samples: readonly Sample[], read: (sample: Sample) => number | undefined) {
  const known = samples.flatMap((sample) => {
    const value = read(sample)
    return value === undefined ? [] : [{ at: sample.at, value }]
  })
  return known.slice(1).map(({ at, value }, i) => {
    const before = known[i] ?? { at, value }
    // A count that is smaller than before began anew: the process was restarted.
    return { at, ms: at - before.at, grown: value < before.value ? value : value - before.value }
  })
}
