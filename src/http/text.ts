/** JSON that is there, or that will be when what it is made of has been read. */
export type Text = string | Promise<string>

/**
 * One text of many parts, each behind its start. It is there at once when all parts are. When one fails, the others are left
 * to themselves.
 * @param startOf what stands in front of a part, and, of the first, when there is none
 */
export function joined(count: number, startOf: (index: number) => string, part: (index: number) => Text, end: string) {
  let text = ''
  let waiting: Text[] | undefined
  try {
    for (let index = 0; index < count; index++) {
      const next = part(index)
      text += startOf(index)
      if (typeof next === 'string') text += next
      else {
        waiting ??= []
        waiting.push(text, next)
        text = ''
      }
    }
  } catch (error) {
    leave(waiting ?? [])
    throw error
  }
  if (!waiting) return (count === 0 ? startOf(0) : text) + end
  waiting.push(text, end)
  return allOf(waiting).then((parts) => parts.join(''))
}

/** The text of each item. When one fails, the others are left to themselves. */
export function eachText<T>(items: readonly T[], textOf: (item: T) => Text): string[] | Promise<string[]> {
  const texts: Text[] = []
  let isWaiting = false
  try {
    for (const item of items) {
      const text = textOf(item)
      isWaiting ||= typeof text !== 'string'
      texts.push(text)
    }
  } catch (error) {
    leave(texts)
    throw error
  }
  // Nothing else is among them when nothing is waited for.
  return isWaiting ? allOf(texts) : (texts as string[])
}

function allOf(texts: readonly Text[]): Promise<string[]> {
  return Promise.all(texts.map((text) => Promise.resolve(text)))
}

/** Nobody wants to know how they end. */
function leave(texts: readonly Text[]): void {
  for (const text of texts) if (typeof text !== 'string') text.catch(() => {})
}
