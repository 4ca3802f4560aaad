import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { readDefinition } from '../../src/definition/definition.ts'
import { validateText } from '../../src/definition/validate.ts'
import { createKey } from '../support/keys.ts'
import { runCommand } from '../support/process.ts'
import { KEYS, lacksTerminal, onTerminal } from '../support/terminal.ts'
import { contents, startTestCatalog, type TestCatalog } from '../support/test-catalog.ts'
import { answerUpTo, choose } from './wizard-answers.ts'

/** Nothing listens there. */
const NO_SERVER = { TOOL_CATALOG_URL: 'http://127.0.0.1:9/graphql' }
const folderOfOwn = () => mkdtempSync(join(tmpdir(), 'tool-catalog-wizard-'))

const WRITTEN = {
  name: 'usage-report',
  version: '1.0.0',
  platform: 'linux',
  category: 'filesystem',
  defaults: { accuracy_level: 'exact', data_source: 'filesystem' },
  dependencies: [{ name: 'du', type: 'binary', required: true }],
  tags: ['disk', 'space'],
  documentationUrl: 'https://example.com/du',
  examples: [
    {
      name: 'What fills /var',
      description: 'Each directory below /var is added up.',
      inputs: { directory: '/var', depth: 2 },
      expected_time_ms: 520,
      expected_output: '/var/log 2.1G',
    },
  ],
  capabilities: [
    {
      name: 'disk_usage',
      patterns: [
        {
          name: 'largest_directories',
          timeEstimateMs: '5 * entries + 20',
          costEstimate: '1',
          policy: { requiresApproval: true, productionSafe: false, maxCost: 10, maxExecutionTime: 60 },
          requiredInputs: [{ name: 'directory', type: 'string', description: 'Where to begin.', validation: '^/' }],
          optionalInputs: [{ name: 'depth', type: 'integer', description: 'How many levels to show.' }],
        },
      ],
    },
  ],
}

describe.skipIf(lacksTerminal())('the wizard', () => {
  let catalog: TestCatalog
  let toServer: Record<string, string>
  beforeAll(async () => {
    catalog = await startTestCatalog()
    toServer = { TOOL_CATALOG_URL: catalog.url, TOOL_CATALOG_KEY: await createKey(catalog.config, 'editor', 'author') }
    await catalog.create({
      tool_name: 'ncdu',
      description: 'Show which directories take the most space, to walk through.',
      capabilities: { disk_usage: { description: 'See what fills a disk.', patterns: {} } },
    })
  })

  test('asks for a whole definition in seven steps, and saves it to a file and to the server as a draft', async () => {
    const folder = folderOfOwn()
    const terminal = onTerminal(['new'], toServer, folder)
    await terminal.sees(`Suggestions come from ${catalog.url}: 1 tools.`)
    await answerUpTo(terminal, 6)
    await terminal.sees('tool_name: usage-report')
    await terminal.sees('Save to a file')
    terminal.type(KEYS.down)
    await terminal.sees('❯ Save as a draft on')
    terminal.type(KEYS.down)
    await terminal.sees('❯ Save both')
    terminal.type(KEYS.enter)
    await terminal.answer('File? usage-report.yaml')
    expect(await terminal.exited).toBe(0)
    expect(terminal.shown()).toContain('Similar tools:\n    ncdu (linux): Show which directories')
    const { problems, document } = validateText(readFileSync(join(folder, 'usage-report.yaml'), 'utf8'))
    expect(problems).toEqual([])
    expect(readDefinition(document ?? {})).toMatchObject(WRITTEN)
    expect(document).not.toHaveProperty('status')
    expect(document?.examples).toEqual(WRITTEN.examples)
    const { tool } = await catalog.read(
      '{ tool(name: "usage-report") { latest { version } version(version: "1.0.0") { status createdBy description } } }',
    )
    expect(tool).toEqual({
      latest: null,
      version: {
        status: 'DRAFT',
        createdBy: 'key:author',
        description: 'Say which directories take the most space.',
      },
    })
  })

  test('says at once what is wrong with an answer, in the words of the validator', async () => {
    const terminal = onTerminal(['new'], NO_SERVER, folderOfOwn())
    await terminal.sees('Suggestions come from the starter catalog (Cannot reach http://127.0.0.1:9/graphql')
    await terminal.answer('Name of the tool?', 'bad name')
    await terminal.sees('must be letters, digits and . _ + - (at most 128, a letter or digit first)')
    terminal.type(`${KEYS.clear}grep${KEYS.enter}`)
    await terminal.sees('! grep is there already: Print the lines of files')
    await terminal.sees('Version of the definition?')
    terminal.type(`${KEYS.clear}latest${KEYS.enter}`)
    await terminal.sees('must name one version, for example "1.2.0": no range, no "latest", no spaces')
    terminal.type(`${KEYS.clear}2.0${KEYS.enter}`)
    await terminal.answer('What is the tool for?')
    await terminal.sees('must not be empty')
    terminal.type(`Find text.${KEYS.enter}`)
    await terminal.sees('Where does it run?')
    terminal.type('linx')
    await terminal.sees('❯ linx')
    terminal.type(KEYS.enter)
    await terminal.sees('! "linx" is not a usual word here; did you mean "linux"?')
    await choose(terminal, 'What kind of tool is it?', 'filesys', 'filesystem')
    await terminal.answer('Which service or host runs it?')
    await terminal.sees('At which stage is it? (Enter: active)')
    terminal.type('done')
    await terminal.sees('❯ done')
    terminal.type(KEYS.enter)
    await terminal.sees('must be one of draft, testing, active, deprecated, disabled, not "done"')
    terminal.type(`${KEYS.clear}test`)
    await terminal.sees('❯ testing')
    terminal.type(KEYS.enter)
    await terminal.sees('Step 2 of 7: Defaults')
    terminal.type(KEYS.interrupt)
    expect(await terminal.exited).toBe(130)
  })

  test('goes back with Escape, and remembers what was answered', async () => {
    const terminal = onTerminal(['new', 'first-name'], NO_SERVER, folderOfOwn())
    await terminal.answer('Name of the tool? first-name')
    await terminal.sees('Version of the definition?')
    terminal.type(KEYS.escape)
    await terminal.sees('Step 1 of 7: Basics')
    await terminal.answer('Name of the tool? first-name', '-again')
    await terminal.answer('Version of the definition?')
    await terminal.answer('What is the tool for?', 'Find text.')
    await choose(terminal, 'Where does it run?', 'linu', 'linux')
    await choose(terminal, 'What kind of tool is it?', 'filesys', 'filesystem')
    await terminal.answer('Which service or host runs it?')
    await terminal.answer('At which stage is it? (Enter: active)')
    await terminal.sees('Step 2 of 7: Defaults')
    await terminal.sees('How accurate')
    terminal.type(KEYS.escape)
    await terminal.sees('Step 1 of 7: Basics')
    await terminal.sees('Name of the tool? first-name-again')
    terminal.type(KEYS.interrupt)
    await terminal.sees('Cancelled. Nothing was saved.')
    expect(await terminal.exited).toBe(130)
  })

  test.each([0, 2, 4, 6])('cancelled at step %i, it leaves nothing, neither here nor on the server', async (step) => {
    const folder = folderOfOwn()
    const before = await contents(catalog.config)
    const terminal = onTerminal(['new'], toServer, folder)
    await answerUpTo(terminal, step)
    await terminal.sees(step === 6 ? 'What now?' : '?')
    terminal.type(KEYS.interrupt)
    await terminal.sees('Cancelled. Nothing was saved.')
    expect(await terminal.exited).toBe(130)
    expect(readdirSync(folder)).toEqual([])
    expect(await contents(catalog.config)).toEqual(before)
  })

  test('from the review, a step can be done again, and a file that is there is not replaced', async () => {
    const folder = folderOfOwn()
    const terminal = onTerminal(['new', '--output', 'taken.yaml'], toServer, folder)
    const first = onTerminal(['new', '--template', 'api', 'taken', '--no-input'], NO_SERVER, folder)
    expect(await first.exited).toBe(0)
    await answerUpTo(terminal, 6)
    await terminal.sees('What now?')
    terminal.type(KEYS.enter)
    await terminal.answer('File? taken.yaml')
    await terminal.sees('! taken.yaml is there already.')
    await terminal.sees('What now?')
    for (const line of ['Save as', 'Save both', 'Change: Basics', 'Change: Defaults']) {
      terminal.type(KEYS.down)
      await terminal.sees(`❯ ${line}`)
    }
    terminal.type(KEYS.enter)
    await terminal.sees('Step 2 of 7: Defaults')
    await terminal.answer('How accurate are its answers? For example exact, sampled (or nothing) exact', '-ish')
    for (const question of ['How fresh are they?', 'Where do they come from?']) await terminal.answer(question)
    await terminal.sees('Keep these?')
    terminal.type(KEYS.interrupt)
    expect(await terminal.exited).toBe(130)
    expect(readdirSync(folder)).toEqual(['taken.yaml'])
  })

  test('the placeholders of a template are asked for, with its own words to begin with', async () => {
    const folder = folderOfOwn()
    const args = ['new', '--template', 'api', 'tickets', '--set', 'resource=ticket', '--set', 'path=/tickets']
    const terminal = onTerminal(args, NO_SERVER, folder)
    await terminal.sees('Base URL of the API? https://tickets.example.com/api')
    terminal.type(`${KEYS.clear}https://t.test${KEYS.enter}`)
    await terminal.answer('What is the tool for? Read each ticket of tickets over its HTTP API.')
    for (const question of [
      'Where does',
      'What kind',
      'Which service',
      'its credential?',
      'what it can do?',
      'that mean?',
    ])
      await terminal.answer(question)
    await terminal.answer('Expected time of one request')
    await terminal.sees('Longest run, in seconds? 60')
    terminal.type(`x${KEYS.enter}`)
    await terminal.sees('must be a number, not "60x"')
    terminal.type(`${KEYS.clear}30${KEYS.enter}`)
    for (const question of ['Who writes it?', 'A word', 'its documentation?', 'Which version'])
      await terminal.answer(question)
    expect(await terminal.exited).toBe(0)
    const { problems, document } = validateText(readFileSync(join(folder, 'tickets.yaml'), 'utf8'))
    expect(problems).toEqual([])
    expect(document?.defaults).toMatchObject({ base_url: 'https://t.test' })
  })
})

test('without a terminal the wizard says what else there is', async () => {
  const { code, output } = await runCommand(['new'])
  expect(code).toBe(2)
  expect(output).toContain('The wizard asks on a terminal. Without one, use --template')
  const drafted = await runCommand(['new', '--draft'])
  expect(drafted).toMatchObject({ code: 2, output: expect.stringContaining('The wizard asks where to save') })
})
