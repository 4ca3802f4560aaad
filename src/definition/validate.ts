import type { z } from 'zod'
import { checkPattern } from './check-pattern.ts'
import { findSecrets } from './check-secrets.ts'
import { Checker } from './checker.ts'
import { type NamedPart, namedParts, unwrap } from './definition.ts'
import { isList, isObject, type Json, type JsonObject, scalarText, typeName } from './json.ts'
import { prettyJson } from './pretty-json.ts'
import { hasErrors, type Problem, sortProblems } from './problem.ts'
import { Capability, Head } from './schema.ts'
import { PART_NAME, TOOL_NAME } from './schema-fields.ts'
import { type Path, parseSource, type Source } from './source.ts'
import { CATEGORIES, DEPENDENCY_TYPES, normaliseWord, PLATFORMS } from './vocabulary.ts'

/** What came of validating one text: every problem in text order, and the document when none of them is an error. */
export interface Validation {
  readonly problems: readonly Problem[]
  readonly document: JsonObject | undefined
}

/**
 * Parse and check the text of one definition. Pure, never throws, and reports everything at once.
 * @param firstLine line number of the first line, when the text is part of a stream
 */
export function validateText(text: string, firstLine = 1): Validation {
  const parsed = parseSource(text, firstLine)
  if (!parsed.ok) return { problems: [parsed.problem], document: undefined }
  return validateSource(parsed.source)
}

/**
 * Check a definition that came as typed input, by the same rules and bounds. Positions are those of its pretty-printed
 * JSON. A valid document comes back as the copy that was checked.
 */
export function validateDocument(document: JsonObject): Validation {
  return validateText(prettyJson(document))
}

function validateSource(source: Source): Validation {
  const stranger = notATool(source.value)
  if (stranger || !isObject(source.value)) {
    const message = stranger ?? ''
    const problem = { severity: 'error', code: 'file.not_a_tool', message, path: '', ...source.at([]) } as const
    return { problems: [problem], document: undefined }
  }
  const document = withWrittenVersion(source.value, source)
  const { fields, path } = unwrap(document)
  const checker = new Checker(source)
  for (const { path: place, kind } of findSecrets(document))
    checker.error(
      place,
      'definition.secret',
      `looks like ${kind}; many people read definitions, so take it out and replace it`,
    )
  // Other problems quote values: they are told when the secrets are gone.
  if (checker.problems.length > 0) return { problems: sortProblems(checker.problems), document: undefined }
  if (path.length > 0) checker.warn([...path], 'definition.tool', 'the wrapper "tool:" is read, but not needed', true)
  if (document !== source.value) {
    checker.warn([...path, 'version'], 'definition.version', `should be in quotes: "${scalarText(fields.version)}"`)
  }
  checkHead(checker, fields, path)
  checkCapabilities(checker, fields.capabilities, [...path, 'capabilities'])
  const problems = sortProblems(checker.problems)
  return { problems, document: hasErrors(problems) ? undefined : document }
}

/** One clear line for a file that holds something else; undefined for a definition, however broken. */
function notATool(value: Json): string | undefined {
  if (!isObject(value)) return `not a tool definition: ${typeName(value)} instead of a mapping`
  const { fields } = unwrap(value)
  const marks = ['platform', 'category', 'capabilities', 'execution_location', 'defaults']
  const isNamed = fields.name !== undefined && marks.some((mark) => fields[mark] !== undefined)
  if (fields.tool_name !== undefined || isNamed) return undefined
  const keys = Object.keys(value)
    .slice(0, 5)
    .map((key) => key.slice(0, 40))
  return `not a tool definition: it has ${keys.join(', ') || 'no fields'}, but no tool_name`
}

/**
 * `version: 1.10` without quotes is the number 1.1 to every YAML reader. The text still says what was meant, so it is
 * taken from there.
 */
function withWrittenVersion(document: JsonObject, source: Source): JsonObject {
  const { fields, path } = unwrap(document)
  if (typeof fields.version !== 'number') return document
  const inner = { ...fields, version: source.written([...path, 'version']).trim() }
  return path.length > 0 ? { ...document, tool: inner } : inner
}

function checkHead(checker: Checker, fields: JsonObject, path: Path): void {
  const nameKey = fields.tool_name === undefined ? 'name' : 'tool_name'
  const name = fields[nameKey]
  if (typeof name !== 'string' || !TOOL_NAME.test(name)) {
    const rule = 'letters, digits and . _ + - (at most 128, a letter or digit first)'
    checker.error(
      [...path, nameKey],
      'definition.tool_name',
      typeof name === 'string' ? `must be ${rule}` : `must be a string, not ${typeName(name)}`,
    )
  }
  if (fields.tool_name !== undefined && fields.name !== undefined) {
    checker.warn([...path, 'name'], 'definition.name', 'is not read, because tool_name is there', true)
  }
  checker.check(Head as z.ZodType, fields, path, 'definition')
  checker.unknownFields('definition', fields, path)
  checkWords(checker, fields, path)
  for (const example of namedList(fields.examples, [...path, 'examples']))
    checker.unknownFields('example', example.fields, example.path)
}

function checkWords(checker: Checker, fields: JsonObject, path: Path): void {
  for (const [key, known] of [
    ['platform', PLATFORMS],
    ['category', CATEGORIES],
  ] as const) {
    const word = fields[key]
    if (typeof word !== 'string' || word.trim() === '') continue
    const normal = normaliseWord(word)
    if (normal === '') checker.error([...path, key], `definition.${key}`, 'must have a letter or a digit')
    else if (normal !== word) checker.warn([...path, key], `definition.${key}`, `is compared as "${normal}"`)
    else checker.knownWord([...path, key], `definition.${key}`, word, known)
  }
  for (const dependency of namedList(fields.dependencies, [...path, 'dependencies'])) {
    checker.unknownFields('dependency', dependency.fields, dependency.path)
    checker.knownWord([...dependency.path, 'type'], 'dependency.type', dependency.fields.type, DEPENDENCY_TYPES)
  }
}

function checkCapabilities(checker: Checker, value: Json | undefined, path: Path): void {
  if (value === undefined) return
  if (!isParts(checker, value, path, 'definition.capabilities')) return
  const parts = namedParts(value, 'capability_name', path)
  checkNames(checker, parts, 'capability', 'capability_name')
  for (const part of parts) {
    checker.check(Capability as z.ZodType, part.fields, part.path, 'capability')
    checker.unknownFields('capability', part.fields, part.path)
    checker.wanted(['description'], part, 'capability')
    const patternsPath = [...part.path, 'patterns']
    if (!isParts(checker, part.fields.patterns ?? {}, patternsPath, 'capability.patterns')) continue
    const patterns = namedParts(part.fields.patterns, 'pattern_name', patternsPath)
    if (patterns.length === 0) checker.warn(part.path, 'capability.patterns', `${part.name} has no patterns`, true)
    checkNames(checker, patterns, 'pattern', 'pattern_name')
    for (const pattern of patterns) checkPattern(checker, pattern)
  }
}

/** Capabilities and patterns are a mapping of mappings, or a list of mappings. */
function isParts(checker: Checker, value: Json, path: Path, code: string): boolean {
  if (!isObject(value) && !isList(value)) {
    checker.error(path, code, `must be a mapping or a list, not ${typeName(value)}`)
    return false
  }
  for (const [key, item] of isList(value) ? value.entries() : Object.entries(value)) {
    if (!isObject(item)) checker.error([...path, key], code, `each must be a mapping, not ${typeName(item)}`)
  }
  return true
}

function checkNames(checker: Checker, parts: readonly NamedPart[], noun: string, nameKey: string): void {
  const seen = new Set<string>()
  for (const { name, path, fields } of parts) {
    const isKey = typeof path.at(-1) === 'string' || fields[nameKey] === undefined
    const place = isKey ? path : [...path, nameKey]
    if (isKey && fields[nameKey] !== undefined && fields[nameKey] !== name) {
      checker.warn(
        [...path, nameKey],
        `${noun}.${nameKey}`,
        `is not read, because the key already says "${name}"`,
        true,
      )
    }
    if (!PART_NAME.test(name)) {
      checker.error(
        place,
        `${noun}.${nameKey}`,
        name === '' ? 'is missing' : 'must be letters, digits and . _ -',
        isKey,
      )
    }
    if (seen.has(name.toLowerCase())) checker.error(place, `${noun}.${nameKey}`, `"${name}" is there twice`, isKey)
    seen.add(name.toLowerCase())
  }
}

function namedList(value: Json | undefined, path: Path): NamedPart[] {
  return isList(value) ? namedParts(value, 'name', path) : []
}
