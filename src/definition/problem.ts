/** 1-based line and column, as editors and compilers count them. */
export interface Position {
  readonly line: number
  readonly column: number
}

export type Severity = 'error' | 'warning'

/** One thing that is wrong with a definition: where, how bad, a stable code, and words for a person. */
export interface Problem extends Position {
  readonly severity: Severity
  /** Stable and machine-readable: `<noun>.<field>` for a value, `yaml.<rule>` for the text, `file.<rule>` for the file. */
  readonly code: string
  readonly message: string
  /** Which field: dotted through names, `required_inputs[0].type` for items of lists; '' for the whole file. */
  readonly path: string
}

/** Names of parts have at most 128 characters; a longer key is nobody's, and must not fill a report with itself. */
const LONGEST_STEP = 128

/** The start of a long name, without half a character at its end. */
export function cutName(name: string): string {
  return name.length > LONGEST_STEP ? name.slice(0, LONGEST_STEP).replace(/[\ud800-\udbff]$/, '') : name
}

/** Steps from the root of a document, as one text: `capabilities.text_search.patterns[0].complexity_score`. */
export function dottedPath(steps: readonly (string | number)[]): string {
  return steps
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${cutName(step)}`))
    .join('')
    .replace(/^\./, '')
}

/** The compiler-style line: `file:line:column severity code: message`. */
export function formatProblem(
  file: string,
  { line, column, severity, code, message }: Problem,
  written: (severity: Severity) => string = (word) => word,
): string {
  return `${file}:${line}:${column} ${written(severity)} ${code}: ${message}`
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error')
}

/** Text order, errors before warnings at the same place. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column || a.severity.localeCompare(b.severity))
}
