import { KEYS, type Terminal } from '../support/terminal.ts'

async function answerBasics(terminal: Terminal): Promise<void> {
  await terminal.answer('Name of the tool?', 'usage-report')
  await terminal.answer('Version of the definition? 1.0.0')
  await terminal.answer('What is the tool for?', 'Say which directories take the most space.')
  await choose(terminal, 'Where does it run?', 'linu', 'linux')
  await choose(terminal, 'What kind of tool is it?', 'filesys', 'filesystem')
  await terminal.answer('Which service or host runs it?')
  await terminal.answer('At which stage is it? (Enter: active)')
}

/** Type a part of a suggestion and take the first one left. */
export async function choose(terminal: Terminal, question: string, part: string, first: string): Promise<void> {
  await terminal.sees(question)
  terminal.type(part)
  // The list is the shorter one when what was typed is its last line; before that, Enter is not heard.
  await terminal.sees(`${question} ${part}\n❯ ${first}\n  ${part}`)
  terminal.type(KEYS.enter)
  await terminal.sees(`✔ ${question} ${first}`)
}

async function answerDefaults(terminal: Terminal): Promise<void> {
  await terminal.answer('How accurate are its answers?', 'exact')
  await terminal.answer('How fresh are they?')
  await terminal.answer('Where do they come from?', 'filesystem')
}

async function answerDependencies(terminal: Terminal): Promise<void> {
  await terminal.answer('What does it need to run?', 'du')
  await choose(terminal, 'What kind of thing is that?', 'bin', 'binary')
  await terminal.answer('Is the tool useless without it?')
  await terminal.answer('Which versions will do?')
  await terminal.answer('What does it need to run?')
}

async function answerCapabilities(terminal: Terminal): Promise<void> {
  await choose(terminal, 'What can it do? (the name of a capability)', 'disk_u', 'disk_usage')
  await terminal.answer('What does disk_usage mean?')
  await terminal.sees('It has disk_usage.')
  terminal.type(KEYS.enter)
}

async function answerPatterns(terminal: Terminal): Promise<void> {
  await terminal.answer('A way of using disk_usage?', 'largest_directories')
  await terminal.answer('What does one run do?', 'List the largest directories below one.')
  await terminal.answer('A request it answers', 'what fills this disk')
  await terminal.answer('(2, or nothing)')
  await terminal.sees('Expected run time in milliseconds? 1000')
  await terminal.sees('= 1,000 ms')
  terminal.type(`${KEYS.clear}5 * entries +`)
  await terminal.sees('not an expression: unexpected the end')
  terminal.type(' 20')
  await terminal.sees('entries = 1: 25 ms; entries = 100: 520 ms; entries = 10,000: 50,020 ms')
  terminal.type(KEYS.enter)
  await terminal.answer('Expected cost, in abstract units?')
  await terminal.answer('How hard is it to use well?')
  await choose(terminal, 'How much does one run cover?', 'bat', 'batch')
  await choose(terminal, 'How much of the truth does the answer hold?', 'compl', 'complete')
  await terminal.answer('Something it cannot do', 'Counts a file with two names once')
  await terminal.answer('(2, or nothing)')
  for (const question of [
    'approve each run?',
    'against production?',
    'one run may cost?',
    'in seconds?',
    'five numbers',
  ])
    await terminal.answer(question)
  await terminal.answer('Name of an input?', 'directory')
  await terminal.answer('Must it be given?')
  await choose(terminal, 'Its type?', 'str', 'string')
  await terminal.answer('What is to be given?', 'Where to begin.')
  await terminal.answer('Regular expression', '^/')
  await terminal.answer('Name of an input?', 'depth')
  await terminal.answer('Must it be given?', 'n')
  await choose(terminal, 'Its type?', 'int', 'integer')
  await terminal.answer('What is to be given?', 'How many levels to show.')
  await terminal.answer('Regular expression')
  await terminal.answer('Name of an input?')
  await terminal.answer('Name of an output?', 'directories')
  await choose(terminal, 'Its type?', 'arr', 'array')
  await terminal.answer('What does it mean?', 'The directories, largest first.')
  await terminal.answer('Name of an output?')
  await terminal.sees('Its patterns: largest_directories.')
  terminal.type(KEYS.enter)
  await answerExample(terminal)
  await terminal.answer('What would a worked example show? (or nothing)')
}

async function answerExample(terminal: Terminal): Promise<void> {
  await terminal.answer('What would a worked example show? (or nothing)', 'What fills /var')
  await terminal.answer('What happens in it? (or nothing)', 'Each directory below /var is added up.')
  await terminal.answer('Value of directory? (or nothing)', '/var')
  await terminal.answer('Value of depth, of type integer? (or nothing)', '2')
  await terminal.sees('How many milliseconds should it take? (or nothing)')
  terminal.type(`soon${KEYS.enter}`)
  await terminal.sees('must be a number, not a string')
  terminal.type(`${KEYS.clear}-1${KEYS.enter}`)
  await terminal.sees('-1 is below 0')
  terminal.type(`${KEYS.clear}520${KEYS.enter}`)
  await terminal.answer('What should it cost? (or nothing)')
  await terminal.answer('What should come back? (or nothing)', '/var/log 2.1G')
}

async function answerMetadata(terminal: Terminal): Promise<void> {
  await terminal.answer('Who writes it?')
  await terminal.answer('Words to find it by', 'disk, space')
  await terminal.answer('Where is its documentation?', 'https://example.com/du')
}

const STEPS = [answerBasics, answerDefaults, answerDependencies, answerCapabilities, answerPatterns, answerMetadata]
const TITLES = ['Basics', 'Defaults', 'Dependencies', 'Capabilities', 'Patterns', 'Metadata', 'Review and save']

/** Answer all the questions of so many steps, and see the next one begin. */
export async function answerUpTo(terminal: Terminal, step: number): Promise<void> {
  for (const [index, answerStep] of STEPS.slice(0, step).entries()) {
    await terminal.sees(`Step ${index + 1} of 7: ${TITLES[index]}`)
    await answerStep(terminal)
  }
  await terminal.sees(`Step ${step + 1} of 7: ${TITLES[step]}`)
}
