import { expect, test } from 'vitest'
import { draftFromHelp } from '../../src/authoring/draft-from-help.ts'
import { readHelp } from '../../src/authoring/help-text.ts'
import { readDefinition } from '../../src/definition/definition.ts'
import { hasErrors } from '../../src/definition/problem.ts'
import { validateText } from '../../src/definition/validate.ts'

const HELP = `Usage: sift [OPTION]... PATTERNS [FILE]...
Search for PATTERNS in each FILE.

Pattern selection:
  -e, --regexp=PATTERNS     use PATTERNS for matching
      --color[=WHEN],
                            not an option line of ours
  -m, --max-count=NUM       stop after NUM
                            selected lines
  --verbose, -v             say "more" \\ than usual
  -o FILE                   write to FILE
This is said at the margin.
      --help                display this help text and exit
  -V, --version             display version

Report bugs to: bugs@example.com
sift home page: <https://example.com/sift/>
`

test('the facts of a help text are taken in its own words', () => {
  expect(readHelp(HELP, undefined)).toEqual({
    purpose: 'Search for PATTERNS in each FILE.',
    usage: 'sift [OPTION]... PATTERNS [FILE]...',
    url: 'https://example.com/sift/',
    options: [
      {
        written: '-e, --regexp=PATTERNS',
        name: 'regexp',
        argument: 'PATTERNS',
        description: 'use PATTERNS for matching',
      },
      {
        written: '-m, --max-count=NUM',
        name: 'max-count',
        argument: 'NUM',
        description: 'stop after NUM selected lines',
      },
      { written: '--verbose, -v', name: 'verbose', argument: undefined, description: 'say "more" \\ than usual' },
      { written: '-o FILE', name: 'o', argument: 'FILE', description: 'write to FILE' },
    ],
  })
})

test('a manual page says what for, and its options when the help has none', () => {
  const manual = `SIFT(1)                    User Commands                    SIFT(1)

NAME
       sift, esift - print li\u001b[1mnes\u001b[0m that m\u0008match
       patterns

OPTIONS
       -i, --ignore-case
              Ignore case.

       --quiet
              Print nothing.
`
  const facts = readHelp('sift: unrecognized option\n', manual)
  expect(facts.purpose).toBe('print lines that match patterns')
  expect(facts.options.map(({ written, description }) => [written, description])).toEqual([
    ['-i, --ignore-case', 'Ignore case.'],
    ['--quiet', 'Print nothing.'],
  ])
})

const origin = { name: 'sift', command: 'sift', read: ['--help'], platform: 'linux', now: new Date('2026-03-04') }

test('the draft is valid, a draft, strict in its policy, and marks for review what nobody said', () => {
  const text = draftFromHelp(readHelp(HELP, undefined), origin)
  const { problems, document } = validateText(text)
  expect(hasErrors(problems)).toBe(false)
  expect(problems.map(({ code }) => code)).toContain('pattern.time_estimate_ms')
  const definition = readDefinition(document ?? {})
  expect(definition).toMatchObject({
    name: 'sift',
    status: 'draft',
    tags: ['needs-review'],
    description: 'Search for PATTERNS in each FILE.',
  })
  const [pattern] = definition.capabilities[0]?.patterns ?? []
  expect(pattern?.policy).toMatchObject({ requiresApproval: true, productionSafe: false })
  expect(pattern?.timeEstimateMs).toBeUndefined()
  expect(pattern?.optionalInputs.map(({ name, type }) => [name, type])).toEqual([
    ['regexp', 'string'],
    ['max_count', 'integer'],
    ['verbose', 'boolean'],
    ['o', 'string'],
  ])
  expect(pattern?.optionalInputs[2]?.description).toBe('--verbose, -v: say "more" \\ than usual')
  for (const line of ['category: system', 'platform: linux', '  command_execution:'])
    expect(text).toContain(`${line} # REVIEW`)
})

test('nothing but a name still makes a valid draft', () => {
  const text = draftFromHelp(readHelp('', undefined), origin)
  expect(hasErrors(validateText(text).problems)).toBe(false)
  expect(text).toContain('description: "Run sift." # REVIEW: its help does not say what it is for.')
})
