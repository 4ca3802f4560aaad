const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
}

/** A figure to three digits, as a person would write it. */
export function formatFigure(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(size < 0.01 ? 1 : 3)))
}

/** A table: the first column is text, the others are figures. */
export function htmlTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  classOf: (row: number) => string = () => '',
): string {
  const cell = (value: string | number) =>
    `<td>${escapeHtml(typeof value === 'number' ? formatFigure(value) : value)}</td>`
  const body = rows.map((row, i) => `<tr class="${classOf(i)}">${row.map(cell).join('')}</tr>`).join('\n')
  return `<table><thead><tr>${head.map((title) => `<th>${escapeHtml(title)}</th>`).join('')}</tr></thead>
<tbody>${body}</tbody></table>`
}
