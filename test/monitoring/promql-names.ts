/** A metric in an expression, with the labels that its selector names. */
export interface Selected {
  readonly metric: string
  readonly labels: readonly string[]
}

const METRIC = /\b(tool_catalog_\w+|process_\w+|nodejs_\w+|up)\b(?!:)(?:\{([^}]*)\})?/g
const RECORD = /\b(?:job|instance):\w+:\w+\b/g

/** Every metric of an expression that a scrape gives. */
export function selectedMetrics(expr: string): Selected[] {
  return [...expr.replaceAll(RECORD, '').matchAll(METRIC)].map(([, metric = '', labels = '']) => ({
    metric,
    labels: [...labels.matchAll(/(\w+)\s*[=!]~?"/g)].map(([, label = '']) => label),
  }))
}

/** Every recording rule that an expression reads. */
export function recordedMetrics(expr: string): string[] {
  return [...expr.matchAll(RECORD)].map(([name]) => name)
}

/** Labels that an expression groups by, but for those that it makes itself. */
export function groupedLabels(expr: string): string[] {
  return [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(',').map((l) => l.trim()))
}
