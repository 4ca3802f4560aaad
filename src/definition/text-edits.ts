/** Replace the characters from `start` up to `end`; nothing is inserted where both are the same. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The text with every edit made. Edits must not overlap; every other character stays as it is. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = ''
  let at = 0
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at)
}
