import { AbortPromptError } from '@inquirer/core'
import { confirm, input, search, select } from '@inquirer/prompts'
import type { Suggestion } from '../../authoring/suggestions.ts'
import { expressionPrompt } from './expression-prompt.ts'

/** The person wants to go back. */
export class BackError extends Error {
  override readonly name = 'BackError'
}

/** Why an answer cannot be taken; undefined when it can. */
type Check = (text: string) => string | undefined

interface TextQuestion {
  readonly message: string
  readonly current: string
  readonly check: Check
}

interface Choice<T> {
  readonly name: string
  readonly value: T
  readonly disabled?: string | false
}

/** The context that every prompt takes. */
interface PromptContext {
  readonly output: NodeJS.WritableStream
  readonly signal: AbortSignal
}

/** Asks one question after another on a terminal. Escape throws BackError; Ctrl-C the library's own error. */
export class Asker {
  /** How many questions were answered: whether there is something to go back over. */
  answered = 0
  #question: AbortController | undefined
  readonly #onKey = (_: string, key: { readonly name?: string } | undefined) => {
    if (key?.name === 'escape') this.#question?.abort()
  }

  start(): void {
    process.stdin.on('keypress', this.#onKey)
  }

  stop(): void {
    process.stdin.off('keypress', this.#onKey)
  }

  say(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  text({ message, current, check }: TextQuestion): Promise<string> {
    const question = { message, default: current, prefill: 'editable', validate: orTrue(check) } as const
    return this.#ask((context) => input(question, context))
  }

  expression({ message, current, check, unit }: TextQuestion & { readonly unit: string }): Promise<string> {
    const question = { message, unit, default: current, validate: orTrue(check) }
    return this.#ask((context) => expressionPrompt(question, context))
  }

  yesOrNo(message: string, current: boolean): Promise<boolean> {
    return this.#ask((context) => confirm({ message, default: current }, context))
  }

  choose<T>(message: string, choices: readonly Choice<T>[]): Promise<T> {
    return this.#ask((context) => select({ message, choices: [...choices], pageSize: 14 }, context))
  }

  /** One of the suggestions, or whatever is typed. */
  word({ message, current, check }: TextQuestion, suggestions: readonly Suggestion[]): Promise<string> {
    const source = (term = '') => matching(term, suggestions)
    const question = { message, source, validate: orTrue(check), ...(current === '' ? {} : { default: current }) }
    return this.#ask((context) => search(question, context))
  }

  async #ask<T>(prompt: (context: PromptContext) => Promise<T>): Promise<T> {
    this.#question = new AbortController()
    try {
      const answer = await prompt({ output: process.stderr, signal: this.#question.signal })
      this.answered++
      return answer
    } catch (error) {
      throw error instanceof AbortPromptError ? new BackError() : error
    } finally {
      this.#question = undefined
    }
  }
}

function orTrue(check: Check): (text: string) => string | true {
  return (text) => check(text) ?? true
}

function matching(term: string, suggestions: readonly Suggestion[]) {
  const wanted = term.trim().toLowerCase()
  const found = suggestions.filter(({ value }) => value.toLowerCase().includes(wanted))
  const first = found.filter(({ value }) => value.toLowerCase().startsWith(wanted))
  const rest = found.filter((suggestion) => !first.includes(suggestion))
  const choices = [...first, ...rest].map(({ value, note }) => ({ value, name: value, description: note }))
  const isListed = wanted === '' || found.some(({ value }) => value === term.trim())
  return isListed ? choices : [...choices, { value: term.trim(), name: term.trim(), description: 'as typed' }]
}
