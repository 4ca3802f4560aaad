import { describe, expect, test } from 'vitest'
import { completeValues, fillTemplate, PlaceholderError, readTemplate } from '../../src/authoring/fill-template.ts'
import { TEMPLATE_NAMES, TEMPLATES, type TemplateName } from '../../src/authoring/template-list.ts'
import { readDefinition } from '../../src/definition/definition.ts'
import { validateText } from '../../src/definition/validate.ts'

const facts = { name: 'Fresh-Tool', user: 'ada', now: new Date('2026-03-04T05:06:07Z') }

async function filled(template: TemplateName, given: Record<string, string> = {}): Promise<string> {
  return fillTemplate(await readTemplate(template), template, completeValues(template, facts, given))
}

describe.each(TEMPLATE_NAMES)('the template %s', (template) => {
  test('is valid without a warning as it comes, with the name and no placeholder left in it', async () => {
    const text = await filled(template)
    const { problems, document } = validateText(text)
    expect(problems).toEqual([])
    expect(text).not.toMatch(/\{\{|\}\}/)
    const definition = readDefinition(document ?? {})
    expect(definition.name).toBe('Fresh-Tool')
    expect(definition.metadata).toMatchObject({ author: 'ada', created: '2026-03-04' })
    expect(definition.capabilities.flatMap(({ patterns }) => patterns).length).toBeGreaterThan(0)
  })

  test('uses every placeholder it asks for, and asks for every placeholder it has', async () => {
    const text = await readTemplate(template)
    const { placeholders } = TEMPLATES[template]
    const fallbacks = placeholders.map(({ fallback }) => fallback).join('\n')
    const used = new Set([...`${text}\n${fallbacks}`.matchAll(/\{\{(\w+)\}\}/g)].map(([, key]) => key))
    const known = new Set(['name', 'name_lower', 'user', 'today', ...placeholders.map(({ key }) => key)])
    expect([...used].filter((key) => !known.has(key ?? ''))).toEqual([])
    expect(placeholders.filter(({ key }) => !used.has(key)).map(({ key }) => key)).toEqual([])
  })

  test('takes any text for what stands in quotes, and gives it back unchanged', async () => {
    const nasty = 'a "quoted" \\ #1: {{name}}\n- x: *y &z ! % @ `'
    const quoted = TEMPLATES[template].placeholders.filter(({ kind }) => kind === 'text').map(({ key }) => key)
    const text = await filled(template, { description: nasty, capability_description: nasty })
    const { document } = validateText(text)
    expect(quoted).toContain('description')
    expect(document?.description).toBe(nasty)
    expect(readDefinition(document ?? {}).capabilities[0]?.description).toBe(nasty.trim())
  })

  test('refuses what would not stay in its place', async () => {
    await expect(filled(template, { capability: 'a: b' })).rejects.toThrow(PlaceholderError)
    await expect(filled(template, { capability: '' })).rejects.toThrow('capability must be letters, digits and . _ -')
    await expect(filled(template, { max_execution_time: '1 # x' })).rejects.toThrow('must be a number, not "1 # x"')
  })
})

test('every text placeholder of every template stands inside double quotes', async () => {
  for (const template of TEMPLATE_NAMES) {
    const bare = new Set(TEMPLATES[template].placeholders.filter(({ kind }) => kind !== 'text').map(({ key }) => key))
    for (const line of (await readTemplate(template)).split('\n')) {
      const outside = line.replace(/"(?:[^"\\]|\\.)*"/g, '')
      for (const [, key] of outside.matchAll(/\{\{(\w+)\}\}/g)) expect(bare, `${template}: ${line}`).toContain(key)
    }
  }
})

test('a value that is left empty takes its line out', async () => {
  expect(await filled('api')).not.toContain('documentation_url')
  expect(await filled('api', { documentation_url: 'https://example.com/docs' })).toContain(
    '  documentation_url: "https://example.com/docs"\n',
  )
})
