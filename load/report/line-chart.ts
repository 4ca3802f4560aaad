import type { Point, Series } from '../monitor/series.ts'
import { escapeHtml, formatFigure } from './text.ts'

interface LineChart {
  readonly title: string
  readonly unit: string
  readonly series: readonly Series[]
  /** First and last time of the plot, in milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** A value that should not be passed: drawn as a line of its own. */
  readonly limit?: number
  /** What is to be known of it. */
  readonly note?: string
}

const WIDTH = 640
const HEIGHT = 200
const LEFT = 48
const RIGHT = 8
const TOP = 8
const BOTTOM = 22
/** A limit that is so many times above everything measured would press the lines to the ground. */
const FARTHEST_LIMIT = 2.5

/** A line chart as an HTML figure with an inline SVG: no script, nothing from elsewhere. */
export function lineChart({ title, unit, series, from, to, limit, note }: LineChart): string {
  const measured = series.filter(({ points }) => points.some(([, value]) => value !== null))
  const caption = `<figcaption><b>${escapeHtml(title)}</b> <span>${escapeHtml(unit)}</span></figcaption>`
  if (measured.length === 0) return `<figure>${caption}<p class="empty">Nothing was measured.</p></figure>`
  const largest = Math.max(...measured.map(({ points }) => largestOf(points)))
  const isLimitDrawn = limit !== undefined && limit <= FARTHEST_LIMIT * largest
  const ticks = niceTicks(isLimitDrawn ? Math.max(largest, limit) : largest)
  const top = ticks.at(-1) ?? 1
  const x = (at: number) => LEFT + ((at - from) / Math.max(1, to - from)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM)
  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/>` +
      `<text class="tick" x="${LEFT - 6}" y="${(y(tick) + 3.5).toFixed(1)}" text-anchor="end">${formatFigure(tick)}</text>`,
  )
  const times = secondTicks((to - from) / 1_000).map(
    (second) =>
      `<text class="tick" x="${x(from + second * 1_000).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="middle">${second} s</text>`,
  )
  const lines = measured.map(({ points }, i) => `<path class="line c${i % COLOURS}" d="${pathOf(points, x, y)}"/>`)
  const limits = isLimitDrawn
    ? [
        `<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(limit).toFixed(1)}" y2="${y(limit).toFixed(1)}"/>`,
      ]
    : []
  const notes = [
    ...(limit === undefined ? [] : [`limit ${formatFigure(limit)}${isLimitDrawn ? ' (dashed)' : ', far above'}`]),
    ...(note === undefined ? [] : [note]),
  ]
  return `<figure>${caption}
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${[...grid, ...times, ...limits, ...lines].join('')}</svg>
<ul class="legend">${measured.map(legendOf).join('')}</ul>${notes.length > 0 ? `<p class="note">${escapeHtml(notes.join('; '))}</p>` : ''}
</figure>`
}

/** How many colours the style sheet has. */
const COLOURS = 6

function legendOf({ label, points }: Series, i: number): string {
  const values = points.flatMap(([, value]) => value ?? [])
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const figures = `mean ${formatFigure(mean)}, most ${formatFigure(largestOf(points))}`
  return `<li class="c${i % COLOURS}"><i></i>${escapeHtml(label)} <span>${figures}</span></li>`
}

function largestOf(points: readonly Point[]): number {
  return points.reduce((most, [, value]) => Math.max(most, value ?? 0), 0)
}

/** A line through what is known; it is broken where nothing is. */
function pathOf(points: readonly Point[], x: (at: number) => number, y: (value: number) => number): string {
  let isDrawing = false
  return points
    .map(([at, value], i) => {
      if (value === null) {
        isDrawing = false
        return ''
      }
      const command = isDrawing ? 'L' : 'M'
      const isAlone = !isDrawing && (points[i + 1]?.[1] ?? null) === null
      isDrawing = true
      // A point without neighbours is a dot: a line of no length with round ends.
      const spot = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`
      return isAlone ? `M${spot}L${spot}` : `${command}${spot}`
    })
    .join('')
}

/** Round figures from 0 to at least this one: 1, 2 or 5 times a power of ten apart, four to six of them. */
export function niceTicks(largest: number): number[] {
  if (!(largest > 0)) return [0, 1]
  const rough = largest / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? 10 * power
  return Array.from({ length: Math.ceil(largest / step) + 1 }, (_, i) => Number((i * step).toPrecision(12)))
}

function secondTicks(seconds: number): number[] {
  const ticks = niceTicks(seconds)
  return ticks.map(Math.round).filter((second, i, all) => second <= seconds && all.indexOf(second) === i)
}
