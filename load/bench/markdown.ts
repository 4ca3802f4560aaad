import { CONTESTANTS } from './contestants.ts'
import { MODES, type Mode } from './options.ts'
import type { Cell, Comparison, Fanout, Growth, NodeResults, Results, SizeResults } from './results.ts'
import { isMet, limitOf, measuredOf, type Obstacle, ratio, targetsOf, verdictOf } from './targets.ts'

/** The results as a page for people. */
export function renderResults(results: Results): string {
  const { machine, settings, versions } = results
  return [
    '# Benchmark results',
    '',
    '<!-- Written by `npm run bench`. Do not edit. -->',
    '',
    `${results.at.slice(0, 10)}, ${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GB, ${results.database}, ${results.minutes} minutes.`,
    `Load average ${machine.load[0].toFixed(1)} at the start and ${machine.load[1].toFixed(1)} at the end: above 0 at the start, somebody else worked too.`,
    `${settings.connections} connections, medians of ${settings.rounds} rounds of ${settings.seconds} s, all servers up, one asked at a time, in another order each round.`,
    'CPU is user and system time of the server process; PG that of the PostgreSQL backends it uses; both per request. Ratios to',
    'bare node:http and to PostGraphile are medians of the ratios of each round.',
    '',
    `Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    '',
    ...results.nodes.flatMap(renderNode),
  ].join('\n')
}

/** The table of targets alone, one for each Node, between these marks of another page. @returns the page as it is when it has none */
export function withTargets(page: string, results: Results): string {
  const { machine } = results
  const measured = `${results.at.slice(0, 10)}, ${machine.cores} × ${machine.cpu}, ${results.database}, load average ${machine.load[0].toFixed(1)} at the start.`
  const tables = results.nodes.flatMap((node) => [`### Node ${node.node}`, '', ...renderTargets(node)])
  return page.replace(/(<!-- targets -->\n)[\s\S]*?(<!-- \/targets -->)/, (_, open: string, close: string) =>
    [open, measured, '', ...tables, close].join('\n').replace(`${open}\n`, open),
  )
}

function renderNode(results: NodeResults): string[] {
  const peers =
    results.postgraphileNode === undefined || results.postgraphileNode === results.node
      ? ''
      : ` (PostGraphile on ${results.postgraphileNode}: it does not run on this one)`
  return [
    `## Node ${results.node}${peers}`,
    '',
    '### Targets',
    '',
    ...renderTargets(results),
    'One replica under k6 with 100 users is measured by `npm run load -- --profile average`.',
    '',
    ...results.sizes.flatMap(renderSize),
    ...renderGrowth(results.growth),
    ...(results.fanout ? renderFanout(results.fanout) : []),
  ]
}

function renderTargets(results: NodeResults): string[] {
  return table(
    ['ours against', 'target', 'measured', ''],
    targetsOf(results).map((target) => [
      target.note === undefined ? target.what : `${target.what} (${target.note})`,
      limitOf(target),
      measuredOf(target),
      isMet(target) === false ? `${verdictOf(target)}${linkTo(target.obstacle)}` : verdictOf(target),
    ]),
  )
}

/** To what stands in the way, from the page beside it and from the page itself. */
function linkTo(obstacle: Obstacle | undefined): string {
  return obstacle === undefined ? '' : ` ([why](README.md#${obstacle.toLowerCase().replaceAll(' ', '-')}))`
}

function renderSize(size: SizeResults): string[] {
  const modes = (Object.keys(MODES) as Mode[]).filter((mode) => size.cells.some((cell) => cell.mode === mode))
  const { firstAnswer, soak } = size
  return [
    `### ${size.tools.toLocaleString('en')} tools`,
    '',
    `An answer of the mix has ${(size.answerBytes / 1_024).toFixed(1)} KB on average. ${renderComparisons(size.comparisons)}`,
    '',
    ...modes.flatMap((mode) => renderMode(size, mode)),
    ...(firstAnswer
      ? [
          `First answer after a write, median of ${firstAnswer.writes}: ours ${ms(firstAnswer.oursMs)} ms, json_agg ${ms(firstAnswer.jsonAggMs)} ms.`,
          '',
        ]
      : []),
    ...(soak ? [`Memory minute by minute in a soak, MB: ${soak.rssMb.map(Math.round).join(', ')}.`, ''] : []),
  ]
}

const COLUMNS = [
  'CPU µs',
  '× bare',
  '× PostGraphile',
  'PG µs',
  'req/s',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'RSS MB',
  'failed',
]

function renderMode({ cells }: SizeResults, mode: Mode): string[] {
  const of = (id: string) => cells.find((cell) => cell.contestant === id && cell.mode === mode)
  const shown = CONTESTANTS.flatMap(({ id, title }) => {
    const cell = of(id)
    const by = (other: string) => ratio(cells, 'cpuMicros', mode, id, other)
    return cell ? [[title, ...rowOf(cell, by('bare'), by('postgraphile'))]] : []
  })
  return [`**${mode}**: ${MODES[mode]}`, '', ...table([mode, ...COLUMNS], shown)]
}

function rowOf(cell: Cell, toBare: number | undefined, toPostgraphile: number | undefined): string[] {
  const { median } = cell
  return [
    String(Math.round(median.cpuMicros)),
    times(toBare),
    times(toPostgraphile),
    micros(median.databaseMicros),
    Math.round(median.requestsPerSecond).toLocaleString('en'),
    ms(median.p50Ms),
    ms(median.p95Ms),
    ms(median.p99Ms),
    String(Math.round(median.rssMb)),
    cell.failed === 0 ? '0' : `${cell.failed} of ${cell.requests}`,
  ]
}

function renderComparisons(comparisons: readonly Comparison[]): string {
  const [first] = comparisons
  if (!first) return ''
  const different = comparisons.filter(({ differences }) => differences.length > 0)
  if (different.length === 0)
    return `${first.answers} answers of each of ${comparisons.length} servers were compared with ours, value by value: all equal.`
  const list = different.map(
    ({ contestant, differences: [difference] }) =>
      `${contestant} (${difference?.read}, ${difference?.path}: ${JSON.stringify(difference?.theirs)} and not ${JSON.stringify(difference?.ours)})`,
  )
  return `**Answers differ from ours, and are not timed: ${list.join('; ')}.**`
}

function renderGrowth(growth: readonly Growth[]): string[] {
  const [first] = growth
  if (!first) return []
  const [small, large] = first.tools.map((tools) => `${tools.toLocaleString('en')} tools, CPU µs`)
  return [
    '### Growth of single reads, never repeated, response cache off',
    '',
    ...table(
      ['', 'read', small ?? '', large ?? '', 'ratio'],
      growth.map(({ contestant, read, cpuMicros: [from, to] }) => [
        contestant,
        read,
        String(Math.round(from)),
        String(Math.round(to)),
        times(to / from),
      ]),
    ),
  ]
}

function renderFanout({ subscribers, changes, sides }: Fanout): string[] {
  return [
    `### Fan-out to ${subscribers.toLocaleString('en')} websockets, medians of ${changes} changes`,
    '',
    ...table(
      ['', 'first delivery ms', 'last delivery ms', 'CPU µs per delivery', 'RSS KB per subscriber'],
      sides.map(({ contestant, firstMs, lastMs, cpuMicros, rssKbPerSubscriber }) => [
        contestant,
        ms(firstMs),
        ms(lastMs),
        cpuMicros.toFixed(1),
        rssKbPerSubscriber.toFixed(1),
      ]),
    ),
  ]
}

function times(value: number | undefined): string {
  if (value === undefined) return '–'
  return value < 0.1 ? value.toFixed(3) : value.toFixed(2)
}

function micros(value: number): string {
  return Number.isNaN(value) ? '–' : String(Math.round(value))
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value))
}

/** The first column to the left, figures to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [line(head), line(rule), ...rows.map(line), '']
}
