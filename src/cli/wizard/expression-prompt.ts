import { createPrompt, isEnterKey, useEffect, useKeypress, usePrefix, useState } from '@inquirer/core'
import { previewExpression } from '../../authoring/expression-preview.ts'

interface ExpressionQuestion {
  readonly message: string
  /** Of the result. */
  readonly unit: string
  readonly default: string
  /** Why it cannot be taken; true when it can. */
  readonly validate: (text: string) => string | true
}

/** A line of text, and under it, at every key, what the expression gives for example variables. */
export const expressionPrompt = createPrompt<string, ExpressionQuestion>((question, done) => {
  const [value, setValue] = useState('')
  const [isDone, setDone] = useState(false)
  const [error, setError] = useState('')
  const prefix = usePrefix({ status: isDone ? 'done' : 'idle' })
  useEffect((line) => {
    line.write(question.default)
    setValue(question.default)
  }, [])
  useKeypress((key, line) => {
    if (!isEnterKey(key)) {
      setValue(line.line)
      return setError('')
    }
    const verdict = question.validate(value)
    if (verdict === true) {
      setDone(true)
      return done(value)
    }
    // Enter has emptied the line.
    line.write(value)
    setError(verdict)
  })
  const head = `${prefix} ${question.message} ${value}`
  return isDone ? head : [head, error === '' ? `  ${previewExpression(value, question.unit)}` : `> ${error}`]
})
