import { medianOfEach } from './medians.ts'
import type { Mode } from './options.ts'
import type { Cell, CellFigures, NodeResults, SizeResults } from './results.ts'

/** One line of the targets that the benchmark is for. */
export interface Target {
  readonly what: string
  readonly limit: number
  readonly isUpper: boolean
  readonly unit: 'times' | 'MB' | '%' | 's'
  /** Undefined when this run did not measure it. */
  readonly measured: number | undefined
  /** Something that the reader must know. */
  readonly note?: string | undefined
  /** Where load/README.md says what stands in the way when it is missed. */
  readonly obstacle?: Obstacle
}

/** Headings of load/README.md, under "What stands in the way". */
export const OBSTACLES = [
  'HTTP itself',
  'Writing the answer',
  'Beyond the cache',
  'Memory',
  'Fan-out',
  'Import',
] as const
export type Obstacle = (typeof OBSTACLES)[number]

const SMALL = 1_000

/** Every target of issue 5, with what this run found. */
export function targetsOf(results: NodeResults): Target[] {
  const note =
    results.postgraphileNode !== undefined && results.postgraphileNode !== results.node
      ? `PostGraphile on ${results.postgraphileNode}`
      : undefined
  return [
    ...results.sizes.flatMap((size) => readTargets(size, note)),
    ...because('Beyond the cache', growthTargets(results)),
    ...results.sizes.flatMap(serverTargets),
    ...because('Fan-out', fanoutTargets(results)),
    ...because('Import', [
      atMost('import, from start to end', 6, results.import?.oursSeconds, 's', importNote(results)),
    ]),
  ]
}

function readTargets(size: SizeResults, note: string | undefined): Target[] {
  const { cells, tools } = size
  const at = `, ${tools.toLocaleString('en')} tools`
  const cpu = (ours: string, peer: string, mode: Mode) => ratio(cells, 'cpuMicros', mode, ours, peer)
  const rate = (peer: string) => ratio(cells, 'requestsPerSecond', 'repeated', 'ours', peer)
  const never = 'ours-no-response-cache'
  return [
    ...because('HTTP itself', [
      atMost(`repeated reads, CPU: bare node:http${at}`, 1.5, cpu('ours', 'bare', 'repeated')),
    ]),
    ...because(tools <= SMALL ? 'Writing the answer' : 'Beyond the cache', [
      atMost(
        `never-repeated reads, CPU: PostGraphile${at}`,
        1 / 8,
        cpu(never, 'postgraphile', 'unrepeated'),
        'times',
        note,
      ),
      atMost(`never-repeated reads, CPU: bare node:http${at}`, 4, cpu(never, 'bare', 'unrepeated')),
    ]),
    ...because('HTTP itself', [
      atLeast(`whole mix, throughput: PostGraphile${at}`, 15, rate('postgraphile'), 'times', note),
      atLeast(`whole mix, throughput: Apollo${at}`, 25, rate('apollo')),
      atLeast(`whole mix, throughput: plain Yoga${at}`, 25, rate('yoga')),
    ]),
  ]
}

function growthTargets({ growth }: NodeResults): Target[] {
  return (
    [
      ['get by name', 1.3],
      ['list', 1.5],
      ['search by name', 2],
    ] as const
  ).map(([read, limit]) => {
    const found = growth.find((each) => each.contestant === 'ours-no-response-cache' && each.read === read)
    const [small, large] = found?.tools ?? []
    const sizes = found ? ` from ${small?.toLocaleString('en')} to ${large?.toLocaleString('en')} tools` : ''
    return atMost(`growth of CPU${sizes}: ${read}`, limit, found && found.cpuMicros[1] / found.cpuMicros[0])
  })
}

function serverTargets({ tools, firstAnswer, rssMb, hitRate, soak }: SizeResults): Target[] {
  const at = `, ${tools.toLocaleString('en')} tools`
  const [, ...warm] = soak?.rssMb ?? []
  const flat = warm.length > 1 ? (warm.at(-1) ?? Number.NaN) / (warm[0] ?? Number.NaN) : undefined
  return [
    ...because('Writing the answer', [
      atMost(`first answer after a write: json_agg${at}`, 2, firstAnswer && firstAnswer.oursMs / firstAnswer.jsonAggMs),
    ]),
    ...because('Memory', [
      atMost(`memory under load${at}`, tools <= SMALL ? 150 : 300, rssMb, 'MB'),
      atMost(`memory at the end of a soak: after its second minute${at}`, 1.1, flat),
    ]),
    ...because('HTTP itself', [
      atLeast(`response cache, hits in the repeated mix${at}`, 97, hitRate && hitRate * 100, '%'),
    ]),
  ]
}

function fanoutTargets({ fanout }: NodeResults): Target[] {
  const [ours, yoga] = fanout?.sides ?? []
  const to = fanout ? `fan-out to ${fanout.subscribers.toLocaleString('en')}` : 'fan-out'
  const of = (figure: 'lastMs' | 'cpuMicros' | 'rssKbPerSubscriber') => ours && yoga && ours[figure] / yoga[figure]
  return [
    atMost(`${to}, last delivery: Yoga + graphql-ws`, 1 / 3, of('lastMs')),
    atMost(`${to}, CPU per delivery: Yoga + graphql-ws`, 1 / 4, of('cpuMicros')),
    atMost(`${to}, memory of each: Yoga + graphql-ws`, 1 / 2, of('rssKbPerSubscriber')),
  ]
}

function importNote({ import: found }: NodeResults): string | undefined {
  return (
    found &&
    `${found.tools.toLocaleString('en')} tools; createMany of the rows alone: ${found.createManySeconds.toFixed(1)} s`
  )
}

/** The median over rounds of ours by theirs: what the machine did in that round is in both. */
export function ratio(
  cells: readonly Cell[],
  figure: keyof CellFigures,
  mode: Mode,
  ours: string,
  theirs: string,
): number | undefined {
  const find = (id: string) => cells.find((cell) => cell.contestant === id && cell.mode === mode)
  const [our, their] = [find(ours), find(theirs)]
  if (!our || !their) return undefined
  const rounds = our.rounds.flatMap((round, index) => {
    const other = their.rounds[index]
    return other ? [{ ratio: round[figure] / other[figure] }] : []
  })
  return rounds.length > 0 ? medianOfEach(rounds).ratio : undefined
}

function because(obstacle: Obstacle, targets: readonly Target[]): Target[] {
  return targets.map((target) => ({ ...target, obstacle }))
}

function atMost(
  what: string,
  limit: number,
  measured: number | undefined,
  unit: Target['unit'] = 'times',
  note?: string,
): Target {
  return { what, limit, isUpper: true, unit, measured, note }
}

function atLeast(
  what: string,
  limit: number,
  measured: number | undefined,
  unit: Target['unit'] = 'times',
  note?: string,
): Target {
  return { what, limit, isUpper: false, unit, measured, note }
}

export function isMet({ limit, isUpper, measured }: Target): boolean | undefined {
  if (measured === undefined || Number.isNaN(measured)) return undefined
  return isUpper ? measured <= limit : measured >= limit
}

/** `met`, or by which part of the limit it was missed. */
export function verdictOf(target: Target): string {
  const { limit, isUpper, measured } = target
  const met = isMet(target)
  if (met === undefined || measured === undefined) return 'not measured'
  if (met) return 'met'
  const part = isUpper ? measured / limit - 1 : 1 - measured / limit
  return `missed by ${Math.max(1, Math.round(part * 100))} %`
}

/** `≤ 1/8`, `≥ 15 ×`, `≤ 150 MB`. */
export function limitOf(target: Target): string {
  return `${target.isUpper ? '≤' : '≥'} ${quantity(target.limit, target)}`
}

export function measuredOf(target: Target): string {
  return target.measured === undefined || Number.isNaN(target.measured) ? '–' : quantity(target.measured, target)
}

/** A ratio whose limit is a fraction is written as one. */
function quantity(value: number, { unit, limit }: Target): string {
  if (unit !== 'times') return `${short(value)} ${unit}`
  return limit < 1 && value < 1 ? `1/${short(1 / value)}` : `${short(value)} ×`
}

function short(value: number): string {
  return String(Number(value.toPrecision(value >= 100 ? 3 : 2)))
}
