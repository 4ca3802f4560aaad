import type { HelpFacts, HelpOption } from './help-text.ts'

/** Whose help it was, and on what. */
export interface HelpOrigin {
  readonly name: string
  readonly command: string
  /** `--help`, its manual page: what was read. */
  readonly read: readonly string[]
  readonly platform: string
  readonly now: Date
}

/** Words of an argument that can only be a number. */
const NUMBERS = /^<?(?:NUM|NUMBER|N|COUNT|INT|INTEGER)>?$/i

/**
 * A definition of what a program's help says, with REVIEW wherever it does not say it. It is valid, and warned about for
 * what is missing; its policy is strict until somebody has looked at it.
 */
export function draftFromHelp({ purpose, usage, url, options }: HelpFacts, origin: HelpOrigin): string {
  const { name, command, read, platform, now } = origin
  const today = now.toISOString().slice(0, 10)
  return [
    `# Drafted from ${read.join(' and ')} of ${command}. REVIEW stands where they do not say it; the rest is in their words.`,
    ...(usage === undefined ? [] : [`# Usage: ${usage}`]),
    `tool_name: ${quoted(name)}`,
    'version: "0.1.0"',
    purpose === undefined
      ? `description: ${quoted(`Run ${command}.`)} # REVIEW: its help does not say what it is for.`
      : `description: ${quoted(purpose)}`,
    `platform: ${platform} # REVIEW: where its help was read.`,
    'category: system # REVIEW',
    'status: draft',
    'dependencies:',
    `  - name: ${quoted(command)}`,
    '    type: binary',
    '    required: true',
    'capabilities:',
    '  command_execution: # REVIEW: name it by what callers want to have done.',
    `    description: ${quoted(`Run ${command} and read its output.`)} # REVIEW`,
    '    patterns:',
    '      run: # REVIEW: one pattern for each way of using it.',
    `        description: ${quoted(`Run ${command} once with the options that are given.`)} # REVIEW`,
    '        # REVIEW: say typical_use_cases, time_estimate_ms, cost_estimate, complexity_score, scope, completeness,',
    '        # limitations, preference_match, required_inputs and expected_outputs: help texts do not.',
    '        policy: # REVIEW: strict until somebody has looked at it.',
    '          requires_approval: true',
    '          production_safe: false',
    ...(options.length === 0 ? [] : ['        optional_inputs:', ...options.flatMap(inputLines)]),
    'metadata:',
    `  created: "${today}"`,
    `  updated: "${today}"`,
    '  tags: [needs-review]',
    ...(url === undefined ? [] : [`  documentation_url: ${quoted(url)}`]),
    '',
  ].join('\n')
}

function inputLines({ written, name, argument, description }: HelpOption): string[] {
  const type = argument === undefined ? 'boolean' : NUMBERS.test(argument) ? 'integer' : 'string'
  return [
    `          - name: ${quoted(name.replaceAll('-', '_'))}`,
    `            type: ${type}`,
    `            description: ${quoted(`${written}: ${description}`)}`,
  ]
}

/** A double-quoted YAML string; what JSON escapes is escaped the same. */
function quoted(text: string): string {
  return JSON.stringify(text)
}
