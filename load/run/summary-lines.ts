import { operationRows } from '../report/k6-record.ts'
import type { Figures } from '../report/report.ts'
import { formatFigure } from '../report/text.ts'
import { thresholdRows } from '../report/thresholds.ts'

/** What a run came to, for a terminal. */
export function summaryLines({ summary, record, run }: Figures): string[] {
  const operations = operationRows(record).map(({ name, requests, failed, p50, p95, p99 }) =>
    [name, requests, failed, p50, p95, p99].map((cell) => (typeof cell === 'number' ? formatFigure(cell) : cell)),
  )
  const thresholds = thresholdRows(summary).map(({ metric, limit, value, isHeld }) => [
    `${isHeld ? 'held   ' : 'CROSSED'} ${metric}`,
    limit,
    value,
  ])
  return [
    ...aligned([['operation', 'requests', 'failed', 'p50 ms', 'p95 ms', 'p99 ms'], ...operations]),
    '',
    ...aligned(thresholds),
    ...(run.notTold === undefined ? [] : ['', `Without the server's own figures: ${run.notTold}`]),
  ]
}

/** Columns side by side: the first to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  )
}
