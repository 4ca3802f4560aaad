import { serialise } from '../src/definition/serialise.ts'

const PLATFORMS = ['linux', 'windows', 'network', 'container', 'cloud', 'database']
const CATEGORIES = ['system', 'network', 'storage', 'security', 'monitoring']
const VERBS = ['list', 'inspect', 'restart', 'copy', 'measure', 'search', 'compress', 'schedule']
const NOUNS = ['service', 'file', 'volume', 'process', 'certificate', 'container', 'route', 'table', 'queue', 'log']

/** Distinct, valid definitions of about the size that real ones have (4 KB, two capabilities, four patterns). */
export function* generateDefinitions(count: number): Generator<{ name: string; text: string }> {
  for (let index = 0; index < count; index++) {
    const name = `tool-${String(index).padStart(6, '0')}`
    yield { name, text: serialise(definition(name, index), 'yaml') }
  }
}

function definition(name: string, index: number) {
  const verb = pick(VERBS, index)
  const noun = pick(NOUNS, Math.floor(index / VERBS.length))
  return {
    tool_name: name,
    version: '1.0.0',
    description: `${verb} every ${noun} of host group ${index} and report what was found.`,
    platform: pick(PLATFORMS, index),
    category: pick(CATEGORIES, index),
    defaults: { accuracy_level: 'real-time', freshness: 'live', data_source: 'direct' },
    capabilities: {
      [`${noun}_inspection`]: {
        description: `See each ${noun}.`,
        patterns: { [`${verb}_all`]: pattern(verb, noun, index), [`${verb}_one`]: pattern(verb, noun, index + 1) },
      },
      [`${noun}_control`]: {
        description: `Change a ${noun}.`,
        patterns: { [`stop_${noun}`]: pattern('stop', noun, index), [`start_${noun}`]: pattern('start', noun, index) },
      },
    },
    metadata: { author: 'bench', tags: [verb, noun, `group-${index % 100}`] },
    examples: [
      { name: `${verb} a ${noun}`, inputs: { host: `host-${index}` }, expected_time_ms: 500, expected_cost: 1 },
    ],
  }
}

function pattern(verb: string, noun: string, index: number) {
  return {
    description: `${verb} a ${noun} by name, waiting until it is done.`,
    typical_use_cases: [
      `${verb} the ${noun} of host ${index}`,
      `${verb} a ${noun} that hangs`,
      `which ${noun} is slow`,
    ],
    time_estimate_ms: `${200 + (index % 50)} + 2 * N`,
    cost_estimate: 'ceil(N / 100)',
    complexity_score: (index % 10) / 10,
    scope: 'batch',
    completeness: 'complete',
    limitations: [`Needs the right to ${verb} a ${noun}`, 'Slow over links with high latency'],
    policy: {
      max_cost: 10,
      requires_approval: index % 2 === 0,
      production_safe: index % 3 === 0,
      max_execution_time: 60,
    },
    preference_match: { speed: 0.8, accuracy: 0.9, cost: 0.9, complexity: 0.8, completeness: 0.9 },
    required_inputs: [{ name: 'host', type: 'string', description: 'Host to work on.' }],
    expected_outputs: [{ name: 'result', type: 'object', description: `State of the ${noun}.` }],
  }
}

function pick<T>(list: readonly T[], index: number): T {
  // The remainder is always an index of the list.
  return list[index % list.length] as T
}
