import { formatProblem, type Problem } from '../definition/problem.ts'
import type { Printer } from './printer.ts'
import type { Paint } from './terminal.ts'

/** The compiler-style line of a problem, with its severity in colour. */
export function problemLine(file: string, problem: Problem, paint: Paint): string {
  const colours = { error: paint.red, warning: paint.yellow }
  return formatProblem(file, problem, (severity) => colours[severity](severity))
}

/** Say on standard error what is wrong; what is only a warning is a note. */
export function sayProblems({ complain, note, notePaint }: Printer, file: string, problems: readonly Problem[]): void {
  for (const problem of problems) {
    const say = problem.severity === 'error' ? complain : note
    say(problemLine(file, problem, notePaint))
  }
}
