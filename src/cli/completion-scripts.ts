import type { CompletedCommand, CompletedOption } from './completion.ts'

/** A word in single quotes, as every one of these shells takes it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function flagsOf({ options }: CompletedCommand): string[] {
  return options.flatMap(({ flags }) => flags)
}

const WITH_CHOICES = ({ choices }: CompletedOption) => choices.length > 0

/** Sourced by ~/.bashrc. Where neither a command nor an option can stand, files are completed. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const words = commands.map((command) => {
    const candidates = [...command.subcommands.map(({ name }) => name), ...command.words, ...flagsOf(command)]
    return `    ${quoted(command.path)}) words=${quoted(candidates.join(' '))} ;;`
  })
  const choices = commands.flatMap(({ path, options }) =>
    options
      .filter(WITH_CHOICES)
      .flatMap(({ flags, choices: own }) =>
        flags.map((flag) => `    ${quoted(`${path} ${flag}`)}) choices=${quoted(own.join(' '))} ;;`),
      ),
  )
  const groups = commands.filter(({ path, subcommands }) => path !== '' && subcommands.length > 0)
  return `# Completion of tool-catalog for bash: source <(tool-catalog completion bash)
_tool_catalog() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' choices='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && continue
    case $path in
      '') path=$word ;;
${groups.map(({ path }) => `      ${quoted(path)}) path="${path} $word" ;;`).join('\n')}
    esac
  done
  case "$path $previous" in
${choices.join('\n')}
  esac
  if [[ -n $choices ]]; then
    COMPREPLY=($(compgen -W "$choices" -- "$current"))
    return
  fi
  case $path in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _tool_catalog tool-catalog
`
}

/** A file \`_tool-catalog\` of zsh's \`fpath\`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const cases = commands.map((command) => {
    const candidates = [
      ...command.subcommands.map(({ name, description }) => `${name}:${description}`),
      ...command.words,
      ...command.options.flatMap(({ flags, description }) => flags.map((flag) => `${flag}:${description}`)),
    ]
    return `    ${quoted(command.path)}) words=(${candidates.map(quoted).join(' ')}) ;;`
  })
  const choices = commands.flatMap(({ path, options }) =>
    options
      .filter(WITH_CHOICES)
      .flatMap(({ flags, choices: own }) =>
        flags.map((flag) => `    ${quoted(`${path} ${flag}`)}) choices=(${own.map(quoted).join(' ')}) ;;`),
      ),
  )
  const groups = commands.filter(({ path, subcommands }) => path !== '' && subcommands.length > 0)
  return `#compdef tool-catalog
# Completion of tool-catalog for zsh: tool-catalog completion zsh > "$fpath[1]/_tool-catalog"
_tool_catalog() {
  local path_='' word
  local -a words_ choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ $word == -* ]] && continue
    case $path_ in
      '') path_=$word ;;
${groups.map(({ path }) => `      ${quoted(path)}) path_="${path} $word" ;;`).join('\n')}
    esac
  done
  case "$path_ $words[CURRENT-1]" in
${choices.join('\n')}
  esac
  if (( $#choices )); then
    compadd -a choices
    return
  fi
  case $path_ in
${cases.join('\n').replaceAll(') words=(', ') words_=(')}
  esac
  _describe -t commands tool-catalog words_
  [[ -z $path_ ]] || _files
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _tool_catalog "$@"; else compdef _tool_catalog tool-catalog; fi
`
}

/** A file of ~/.config/fish/completions. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap((command) => {
    const when = quoted(`__tool_catalog_at ${command.path}`)
    return [
      ...command.subcommands.map(
        ({ name, description }) =>
          `complete -c tool-catalog -n ${when} -f -a ${quoted(name)} -d ${quoted(description)}`,
      ),
      ...command.words.map((word) => `complete -c tool-catalog -n ${when} -f -a ${quoted(word)}`),
      ...command.options.map((option) => `complete -c tool-catalog -n ${when}${fishOption(option)}`),
    ]
  })
  const groups = commands.filter(({ path, subcommands }) => path !== '' && subcommands.length > 0)
  return `# Completion of tool-catalog for fish: tool-catalog completion fish > ~/.config/fish/completions/tool-catalog.fish
function __tool_catalog_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l path
    for word in $words
        string match -q -- '-*' $word; and continue
        if test (count $path) -eq 0; or contains -- "$path" ${groups.map(({ path }) => quoted(path)).join(' ')}
            set -a path $word
        end
    end
    test "$path" = "$argv"
end
${lines.join('\n')}
`
}

function fishOption({ flags, description, takesValue, choices }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`))
  const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takesValue ? ' -r' : ''
  return `${names.join('')}${value} -d ${quoted(description)}`
}
