/** What a program's help says of one option. */
export interface HelpOption {
  /** As it is written there: `-e, --regexp=PATTERNS`. */
  readonly written: string
  /** Its long name, or its letter, without dashes. */
  readonly name: string
  /** What it takes, as it is called there; undefined for a switch. */
  readonly argument: string | undefined
  readonly description: string
}

/** What a program's help and its manual page say, in their own words. */
export interface HelpFacts {
  readonly purpose: string | undefined
  readonly usage: string | undefined
  readonly url: string | undefined
  readonly options: readonly HelpOption[]
}

/** Nobody reviews more. */
const MOST_OPTIONS = 60
const LONGEST_TEXT = 300
/** They say something of the program, and do nothing. */
const LEFT_OUT = new Set(['help', 'version'])

/** An option and its description, two blanks or a tab between them. */
const OPTION_LINE = /^(?: {1,12}|\t)(?<written>-{1,2}[A-Za-z0-9].*?)(?: {2,}|\t|$)(?<rest>.*)$/
/** One spelling of an option: `-e`, `--regexp=PATTERNS`, `--color[=WHEN]`, `-o FILE`. */
const SPELLING =
  /^(?:-(?<letter>[A-Za-z0-9])|--(?<name>[a-z0-9][a-z0-9-]*[a-z0-9]))(?:\[?[= ]?(?<argument><[^>]+>|\{[^}]+\}|[A-Z][A-Z0-9_-]*)\]?)?$/
const ESCAPE_SEQUENCE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g')
const OVERSTRUCK = new RegExp(`.${String.fromCharCode(8)}`, 'gu')

/** Read the facts; a text that is undefined was not to be had. */
export function readHelp(help: string | undefined, manual: string | undefined): HelpFacts {
  const helpLines = cleanLines(help)
  const manualLines = cleanLines(manual)
  const helpOptions = readOptions(helpLines)
  return {
    purpose: manualPurpose(manualLines) ?? helpPurpose(helpLines),
    usage: /^\s*usage:\s*(.+)$/im.exec(helpLines.join('\n'))?.[1]?.trim().slice(0, LONGEST_TEXT),
    url: findUrl([...helpLines, ...manualLines]),
    options: helpOptions.length > 0 ? helpOptions : readOptions(manualLines),
  }
}

/** Without what terminals are told by escapes and by overstriking, and without characters that a definition may not have. */
function cleanLines(text: string | undefined): string[] {
  return (text ?? '')
    .replace(ESCAPE_SEQUENCE, '')
    .replace(OVERSTRUCK, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/[^\P{C}\t]/gu, '').trimEnd())
}

/** `grep, egrep - print lines that match patterns` under NAME. */
function manualPurpose(lines: readonly string[]): string | undefined {
  const start = lines.indexOf('NAME')
  if (start === -1) return undefined
  const end = lines.findIndex((line, index) => index > start && /^\S/.test(line))
  const section = lines.slice(start + 1, end === -1 ? undefined : end).map((line) => line.trim())
  return shortened(/ (?:-|--|–|—) (.+)$/.exec(section.join(' '))?.[1])
}

/** The first sentence at the margin that is neither usage nor a heading nor an option. */
function helpPurpose(lines: readonly string[]): string | undefined {
  return shortened(lines.find((line) => /^[A-Z].*[a-z].* /.test(line) && !/^(?:usage|or|options?)\b|:$/i.test(line)))
}

function findUrl(lines: readonly string[]): string | undefined {
  const said = lines.filter((line) => /home ?page|documentation|manual|help/i.test(line))
  return /https?:\/\/[^\s<>"')]+[^\s<>"').,]/.exec(said.join('\n'))?.[0]
}

function readOptions(lines: readonly string[]): HelpOption[] {
  const options = new Map<string, HelpOption>()
  lines.forEach((line, index) => {
    const { written = '', rest = '' } = OPTION_LINE.exec(line)?.groups ?? {}
    const option = readSpellings(written)
    if (!option || LEFT_OUT.has(option.name) || options.has(option.name) || options.size >= MOST_OPTIONS) return
    const description = shortened([rest, ...continuation(lines, index)].join(' '))
    if (description !== undefined) options.set(option.name, { written, ...option, description })
  })
  return [...options.values()]
}

/** The name and the argument of an option that is spelt in one or more ways; undefined for what is no option. */
function readSpellings(written: string): Pick<HelpOption, 'name' | 'argument'> | undefined {
  const spellings = written.split(/,\s*/).map((spelling) => SPELLING.exec(spelling)?.groups)
  const name = spellings.find((groups) => groups?.name)?.name ?? spellings[0]?.letter
  if (name === undefined || spellings.includes(undefined)) return undefined
  return { name, argument: spellings.find((groups) => groups?.argument)?.argument }
}

/** The lines of an option that stand under it, further in. */
function continuation(lines: readonly string[], index: number): string[] {
  const own = indentOf(lines[index] ?? '')
  const rest = lines.slice(index + 1)
  const end = rest.findIndex((line) => line === '' || indentOf(line) <= own || /^\s*-/.test(line))
  return rest.slice(0, end === -1 ? rest.length : end).map((line) => line.trim())
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

function shortened(text: string | undefined): string | undefined {
  const whole = text?.replace(/\s+/g, ' ').trim()
  if (!whole) return undefined
  return whole.length <= LONGEST_TEXT ? whole : `${whole.slice(0, LONGEST_TEXT).replace(/\s\S*$/, '')} …`
}
