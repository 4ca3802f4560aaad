import type { JsonObject } from '../../../src/definition/json.ts'
import { aDefinition } from '../../support/fixtures.ts'
import { asText, type TestCatalog } from '../../support/test-catalog.ts'

/** One mutation of the catalog with an input that succeeds, on a tool that `prepareTool` has made. */
export interface Sample {
  readonly name: string
  readonly input: (tool: string) => Record<string, unknown>
  /** An input that asks for something else, and would succeed, too. */
  readonly otherInput: (tool: string) => Record<string, unknown>
  /** What happens to the tool before. */
  readonly prepare?: (catalog: TestCatalog, tool: string) => Promise<unknown>
  readonly takesAdmin?: boolean
  /** What `expectedRevision` is a revision of, where there is one. */
  readonly expects?: 'tool' | 'catalog'
}

/** A tool with the published versions 1.0.0 and 1.1.0, which is the latest, and the draft 2.0.0. */
export async function prepareTool(catalog: TestCatalog, tool: string, sample?: Sample): Promise<void> {
  await catalog.create({ tool_name: tool })
  await catalog.publish({ tool_name: tool, version: '1.1.0', description: 'Newer.' })
  await catalog.done('updateDraft', { tool, copyOf: '1.1.0', version: '2.0.0' })
  await sample?.prepare?.(catalog, tool)
}

const definition = (fields: JsonObject) => ({ definition: asText(aDefinition(fields)) })
const text = (fields: JsonObject) => ({ text: JSON.stringify(aDefinition(fields)) })
const inDraft = (tool: string) => ({ tool, version: '2.0.0' })
const inCapability = (tool: string) => ({ ...inDraft(tool), capability: 'text_search' })
const inPattern = (tool: string) => ({ ...inCapability(tool), pattern: 'search_files' })
const aRun = (tool: string, actualMs: number) => ({
  executions: [{ tool, capability: 'text_search', pattern: 'search_files', actualMs, success: true }],
})
const another = (catalog: TestCatalog, tool: string) =>
  catalog.done('addPattern', { ...inCapability(tool), pattern: { name: 'another', description: 'Another.' } })
const anotherCapability = (catalog: TestCatalog, tool: string) =>
  catalog.done('addCapability', { ...inDraft(tool), capability: { name: 'another', description: 'Another.' } })

/** Every mutation that writes the catalog. */
export const SAMPLES: readonly Sample[] = [
  {
    name: 'createTool',
    input: (tool) => definition({ tool_name: `${tool}-new` }),
    otherInput: (tool) => definition({ tool_name: `${tool}-other` }),
  },
  {
    name: 'updateTool',
    expects: 'tool',
    input: (tool) => ({ tool, description: 'Said anew.' }),
    otherInput: (tool) => ({ tool, description: 'Said otherwise.' }),
  },
  {
    name: 'setToolEnabled',
    expects: 'tool',
    input: (tool) => ({ tool, enabled: false }),
    otherInput: (tool) => ({ tool, enabled: true }),
  },
  {
    name: 'deleteTool',
    expects: 'tool',
    prepare: (catalog, tool) => catalog.create({ tool_name: `${tool}-other` }),
    input: (tool) => ({ tool }),
    otherInput: (tool) => ({ tool: `${tool}-other` }),
  },
  {
    name: 'restoreTool',
    expects: 'tool',
    prepare: async (catalog, tool) => {
      await catalog.create({ tool_name: `${tool}-other` })
      await catalog.done('deleteTool', { tool: `${tool}-other` })
      await catalog.done('deleteTool', { tool })
    },
    input: (tool) => ({ tool }),
    otherInput: (tool) => ({ tool: `${tool}-other` }),
  },
  {
    name: 'publishVersion',
    expects: 'tool',
    input: inDraft,
    otherInput: (tool) => ({ tool, ...definition({ tool_name: tool, version: '3.0.0' }) }),
  },
  {
    name: 'overwriteVersion',
    expects: 'tool',
    takesAdmin: true,
    input: (tool) => ({ tool, ...definition({ tool_name: tool, description: 'Written over.' }) }),
    otherInput: (tool) => ({ tool, ...definition({ tool_name: tool, description: 'Written over again.' }) }),
  },
  {
    name: 'updateDraft',
    expects: 'tool',
    input: (tool) => ({ tool, copyOf: '1.0.0', version: '3.0.0' }),
    otherInput: (tool) => ({ tool, copyOf: '1.0.0', version: '4.0.0' }),
  },
  {
    name: 'setVersionStatus',
    expects: 'tool',
    input: (tool) => ({ tool, version: '1.1.0', status: 'DISABLED' }),
    otherInput: (tool) => ({ tool, version: '1.1.0', status: 'DEPRECATED' }),
  },
  {
    name: 'rollbackTool',
    expects: 'tool',
    input: (tool) => ({ tool, toVersion: '1.0.0' }),
    otherInput: (tool) => ({ tool, toVersion: '1.1.0' }),
  },
  {
    name: 'addCapability',
    expects: 'tool',
    input: (tool) => ({ ...inDraft(tool), capability: { name: 'line_count', description: 'Count lines.' } }),
    otherInput: (tool) => ({ ...inDraft(tool), capability: { name: 'word_count', description: 'Count words.' } }),
  },
  {
    name: 'updateCapability',
    expects: 'tool',
    input: (tool) => ({ ...inCapability(tool), changes: { description: 'Find any text.' } }),
    otherInput: (tool) => ({ ...inCapability(tool), changes: { description: 'Find all text.' } }),
  },
  {
    name: 'removeCapability',
    expects: 'tool',
    prepare: anotherCapability,
    input: inCapability,
    otherInput: (tool) => ({ ...inDraft(tool), capability: 'another' }),
  },
  {
    name: 'addPattern',
    expects: 'tool',
    input: (tool) => ({ ...inCapability(tool), pattern: { name: 'count_lines', description: 'Count lines.' } }),
    otherInput: (tool) => ({ ...inCapability(tool), pattern: { name: 'count_words', description: 'Count words.' } }),
  },
  {
    name: 'updatePattern',
    expects: 'tool',
    input: (tool) => ({ ...inPattern(tool), changes: { complexityScore: 0.5 } }),
    otherInput: (tool) => ({ ...inPattern(tool), changes: { complexityScore: 0.6 } }),
  },
  {
    name: 'removePattern',
    expects: 'tool',
    prepare: another,
    input: inPattern,
    otherInput: (tool) => ({ ...inCapability(tool), pattern: 'another' }),
  },
  {
    name: 'importTools',
    expects: 'catalog',
    input: (tool) => text({ tool_name: `${tool}-new` }),
    otherInput: (tool) => text({ tool_name: `${tool}-other` }),
  },
  {
    name: 'applyDefinitions',
    expects: 'catalog',
    input: (tool) => ({ source: tool, files: [{ path: 'new.json', ...text({ tool_name: `${tool}-new` }) }] }),
    otherInput: (tool) => ({ source: tool, files: [{ path: 'new.json', ...text({ tool_name: `${tool}-other` }) }] }),
  },
  {
    name: 'recordExecutions',
    input: (tool) => aRun(tool, 120),
    otherInput: (tool) => aRun(tool, 240),
  },
]

/** The same for `test.each`. */
export const SAMPLES_BY_NAME = SAMPLES.map((sample) => [sample.name, sample] as const)
