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
}

/** The compiler-style line: `file:line:column severity code: message`. */
export function formatProblem(file: string, problem: Problem): string {
  return `${file}:${problem.line}:${problem.column} ${problem.severity} ${problem.code}: ${problem.message}`
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error')
}

/** Text order, errors before warnings at the same place. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column || a.severity.localeCompare(b.severity))
}
