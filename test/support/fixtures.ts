import { type ImportAnswer, type ImportOptions, importDefinitions, prepareItem } from '../../src/catalog/import.ts'
import type { Database } from '../../src/db/database.ts'
import type { JsonObject } from '../../src/definition/json.ts'

/** A pattern that is valid under `--strict`; override what a test is about. */
export function aPattern(fields: JsonObject = {}): JsonObject {
  return {
    description: 'Print lines that match.',
    typical_use_cases: ['find errors in a log'],
    time_estimate_ms: '50 + 0.5 * file_size_kb',
    cost_estimate: 1,
    complexity_score: 0.2,
    scope: 'batch',
    completeness: 'complete',
    limitations: ['Not inside compressed files'],
    policy: { max_cost: 5, requires_approval: false, production_safe: true, max_execution_time: 60 },
    preference_match: { speed: 0.9, accuracy: 1, cost: 0.9, complexity: 0.8, completeness: 1 },
    required_inputs: [{ name: 'pattern', type: 'string', description: 'What to look for.' }],
    expected_outputs: [{ name: 'lines', type: 'array', description: 'What was found.' }],
    ...fields,
  }
}

/** A definition that is valid under `--strict`; override what a test is about. */
export function aDefinition(fields: JsonObject = {}): JsonObject {
  return {
    tool_name: 'grep',
    version: '1.0.0',
    description: 'Print lines that match a pattern.',
    platform: 'linux',
    category: 'text-processing',
    capabilities: { text_search: { description: 'Find text.', patterns: { search_files: aPattern() } } },
    metadata: { tags: ['search', 'regex'] },
    ...fields,
  }
}

/** Import documents as a test's user would. */
export function importAll(
  database: Database,
  documents: readonly JsonObject[],
  options: Partial<ImportOptions> = {},
): Promise<ImportAnswer> {
  const items = documents.map((document, index) => prepareItem(`item ${index}`, document))
  return importDefinitions(database, { actor: 'tester', source: 'import' }, items, { onConflict: 'fail', ...options })
}
