/** How a value is written into the text: between double quotes, or bare where only harmless characters can come. */
export type PlaceholderKind = 'text' | 'part' | 'number' | 'boolean'

/** Something that a template leaves open. */
export interface Placeholder {
  readonly key: string
  readonly question: string
  /** What stands there when nobody says anything; may name placeholders before it, as the template does. */
  readonly fallback: string
  readonly kind: PlaceholderKind
}

interface Template {
  readonly summary: string
  readonly placeholders: readonly Placeholder[]
}

export const TEMPLATE_NAMES = ['simple-command', 'api', 'database', 'monitoring', 'automation'] as const
export type TemplateName = (typeof TEMPLATE_NAMES)[number]

const text = (key: string, question: string, fallback: string): Placeholder => ({
  key,
  question,
  fallback,
  kind: 'text',
})
const part = (key: string, question: string, fallback: string): Placeholder => ({
  ...text(key, question, fallback),
  kind: 'part',
})
const number = (key: string, question: string, fallback: string): Placeholder => ({
  ...text(key, question, fallback),
  kind: 'number',
})
const boolean = (key: string, question: string, fallback: string): Placeholder => ({
  ...text(key, question, fallback),
  kind: 'boolean',
})

/** What every template asks last. An empty answer takes the line out. */
const about = [
  text('author', 'Who writes it?', '{{user}}'),
  text('tag', 'A word to find it by?', '{{name_lower}}'),
  text('documentation_url', 'Where is its documentation? (a URL, or nothing)', ''),
  text('version', 'Which version of the definition is it?', '1.0.0'),
]

const head = (platform: string, category: string, location: string) => [
  text('platform', 'Where does it run?', platform),
  text('category', 'What kind of tool is it?', category),
  text('execution_location', 'Which service or host runs it?', location),
]

/** The five kinds of tools that most catalogs begin with. The texts are in `templates/` of the package. */
export const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
  'simple-command': {
    summary: 'One command with one argument, run on a host',
    placeholders: [
      text('command', 'Which command does it run?', '{{name}}'),
      text('description', 'What is the tool for?', 'Run {{command}} on one target and give back what it prints.'),
      ...head('linux', 'system', 'target-host'),
      part('capability', 'Name of what it can do?', 'command_execution'),
      text('capability_description', 'What does that mean?', 'Run a command and read its output.'),
      part('pattern', 'Name of the way of using it?', 'run_once'),
      text(
        'pattern_description',
        'What does one run do?',
        'Run {{command}} once, with one target as its only argument.',
      ),
      text('use_case', 'A request it answers, in the words of who asks?', 'run {{command}} on this target'),
      text('target_description', 'What is the target?', 'What {{command}} is to work on.'),
      text('time_estimate_ms', 'Expected run time in milliseconds?', '1000'),
      text('cost_estimate', 'Expected cost, in abstract units?', '1'),
      number('complexity_score', 'How hard is it to use well, from 0 to 1?', '0.3'),
      text(
        'limitation',
        'What can it not do, or does it badly?',
        'Fails when {{command}} is not installed where it runs',
      ),
      boolean('requires_approval', 'Must a person approve each run? (true or false)', 'true'),
      boolean('production_safe', 'May it run against production? (true or false)', 'false'),
      number('max_execution_time', 'Longest run, in seconds?', '60'),
      text('data_source', 'Where does its answer come from?', 'command-output'),
      text('example_request', 'A real command line?', '{{command}} TARGET'),
      ...about,
    ],
  },
  api: {
    summary: 'An HTTP API: read one, list all with paging',
    placeholders: [
      text('base_url', 'Base URL of the API?', 'https://{{name_lower}}.example.com/api'),
      text('resource', 'What does it hold, in the singular?', 'item'),
      text('path', 'Path of that under the base URL?', '/items'),
      text('description', 'What is the tool for?', 'Read each {{resource}} of {{name}} over its HTTP API.'),
      ...head('cloud', 'http', 'service-api'),
      text('credential', 'Name of its credential? (never the secret itself)', '{{name_lower}}-api-token'),
      part('capability', 'Name of what it can do?', 'resource_query'),
      text('capability_description', 'What does that mean?', 'Read things that a service holds, one or all of them.'),
      text('time_estimate_ms', 'Expected time of one request, in milliseconds?', '300'),
      number('max_execution_time', 'Longest run, in seconds?', '60'),
      ...about,
    ],
  },
  database: {
    summary: 'A database: read rows, change rows with approval',
    placeholders: [
      text('engine', 'Which database?', '{{name_lower}}'),
      text('client', 'Which client does it run?', '{{name}}'),
      text(
        'description',
        'What is the tool for?',
        'Read and change rows of {{engine}} databases with statements of their own language.',
      ),
      ...head('database', 'database', 'database-client'),
      text('credential', 'Name of its credential? (never the secret itself)', '{{engine}}-login'),
      part('capability', 'Name of what it can do?', 'database_query'),
      text('capability_description', 'What does that mean?', 'Run statements on a database.'),
      text('use_case', 'A request it answers, in the words of who asks?', 'look up rows by a condition'),
      text('time_estimate_ms', 'Expected run time in milliseconds?', '50 + 0.02 * rows'),
      number('max_execution_time', 'Longest run, in seconds?', '60'),
      text('read_example', 'A real statement that reads?', 'SELECT id, state FROM sales.orders WHERE id = 42'),
      text(
        'change_example',
        'A real statement that changes?',
        "UPDATE sales.orders SET state = 'closed' WHERE id = 42",
      ),
      ...about,
    ],
  },
  monitoring: {
    summary: 'A source of measurements: the value now, and over time',
    placeholders: [
      text('source', 'Which system has the measurements?', '{{name_lower}}'),
      text('metric', 'What is measured?', 'the load'),
      text('unit', 'In which unit?', 'percent'),
      text('description', 'What is the tool for?', 'Read {{metric}} of hosts and services from {{source}}.'),
      ...head('monitoring', 'monitoring', 'service-api'),
      text('freshness', 'How old may a sample be?', '60 seconds'),
      part('capability', 'Name of what it can do?', 'metrics_query'),
      text('capability_description', 'What does that mean?', 'Read measurements of hosts and services.'),
      text('use_case', 'A request it answers, in the words of who asks?', 'what is {{metric}} of this host right now'),
      text('time_estimate_ms', 'Expected time of one reading, in milliseconds?', '100'),
      number('max_execution_time', 'Longest run, in seconds?', '30'),
      text('current_example', 'A real request for the value now?', '{{source}} query --target web-1'),
      text(
        'range_example',
        'A real request over time?',
        '{{source}} query --target web-1 --start 2026-01-01T00:00:00Z --end 2026-01-01T01:00:00Z',
      ),
      ...about,
    ],
  },
  automation: {
    summary: 'A change on many targets: a dry run, then the run with approval',
    placeholders: [
      text('engine', 'Which program runs it?', '{{name}}'),
      text('subject', 'What is it called that is run?', 'the playbook'),
      text('description', 'What is the tool for?', 'Apply {{subject}} to many targets with {{engine}}.'),
      ...head('cross-platform', 'automation', 'automation-service'),
      text('permission', 'Which permission does it take?', 'administrator on the targets'),
      part('capability', 'Name of what it can do?', 'configuration_apply'),
      text(
        'capability_description',
        'What does that mean?',
        'Bring many targets to a described state, step by step, and say what was changed.',
      ),
      text('run_description', 'What does a run do?', 'Apply {{subject}} to each target and report what was changed.'),
      text('use_case', 'A request it answers, in the words of who asks?', 'roll {{subject}} out to these hosts'),
      text(
        'limitation',
        'What can it not do, or does it badly?',
        'There is no way back by itself: undo with another run',
      ),
      number('time_per_target_ms', 'Expected time for each target, in milliseconds?', '5000'),
      number('max_execution_time', 'Longest run, in seconds?', '900'),
      text('dry_run_example', 'A real command line of a dry run?', '{{engine}} --check --limit web-1'),
      text('run_example', 'A real command line of a run?', '{{engine}} --limit web-1'),
      ...about,
    ],
  },
}
