import { isList, isObject, type Json, type JsonObject, scalarText } from '../src/definition/json.ts'
import { definitionJsonSchema } from '../src/definition/json-schema.ts'

const schema = definitionJsonSchema()
const named = schema.definitions as JsonObject

/** Every field of the format, from the schema's own descriptions: what the validator runs and an editor shows. */
export function formatReference(): string {
  const { tool: _, ...root } = propertiesOf(schema)
  const capability = propertiesOf(memberOf(root.capabilities))
  const parts: readonly (readonly [string, string, JsonObject])[] = [
    ['Definition', scalarText(schema.description), root],
    ['Capability', 'Something the tool can do, under its name in `capabilities`.', capability],
    ...['Pattern', 'Input', 'Output', 'Policy', 'PreferenceMatch', 'Dependency', 'Metadata', 'Example'].map(
      (name) => [name, scalarText((named[name] as JsonObject).description), propertiesOf(named[name])] as const,
    ),
  ]
  return parts
    .map(([name, description, properties]) => `### ${name}\n\n${description}\n\n${tableOf(properties)}`)
    .join('\n')
}

function propertiesOf(node: Json | undefined): JsonObject {
  return isObject(node) && isObject(node.properties) ? node.properties : {}
}

/** What each member of a mapping by name is. */
function memberOf(node: Json | undefined): Json | undefined {
  const alternatives = isObject(node) && isList(node.anyOf) ? node.anyOf.filter(isObject) : []
  return alternatives.find(({ additionalProperties }) => isObject(additionalProperties))?.additionalProperties
}

function tableOf(properties: JsonObject): string {
  const rows = Object.entries(properties).map(([name, field]) => {
    const meaning = cell(scalarText(resolved(field).description))
    return `| \`${name}\` | ${cell(typeOf(field))} | ${meaning} | ${exampleOf(field)} |\n`
  })
  return `| field | type | meaning | for example |\n|---|---|---|---|\n${rows.join('')}`
}

/** The field itself, or the named part that it refers to. */
function resolved(field: Json | undefined): JsonObject {
  if (!isObject(field)) return {}
  const inner = isList(field.allOf) ? field.allOf[0] : undefined
  const reference = field.$ref ?? (isObject(inner) ? inner.$ref : undefined)
  return typeof reference === 'string' ? (named[nameOf(reference)] as JsonObject) : field
}

function nameOf(reference: string): string {
  return reference.replace('#/definitions/', '')
}

function typeOf(field: Json | undefined): string {
  if (!isObject(field)) return 'anything'
  const { $ref, allOf, anyOf, enum: words, type, items, minimum, maximum } = field
  const reference = $ref ?? (isList(allOf) && isObject(allOf[0]) ? allOf[0].$ref : undefined)
  if (typeof reference === 'string') return `[${nameOf(reference)}](#${nameOf(reference).toLowerCase()})`
  if (isList(words)) return words.map((word) => `\`${scalarText(word)}\``).join(' ')
  if (isList(anyOf)) return [...new Set(anyOf.map(typeOf))].join(' or ')
  if (type === 'array') return `list of ${typeOf(items)}`
  if (type === 'object') return 'mapping'
  const bounds = [minimum, maximum].filter((bound) => typeof bound === 'number').join(' to ')
  return typeof type === 'string'
    ? `${type}${bounds && (maximum === undefined ? `, from ${bounds}` : `, ${bounds}`)}`
    : 'anything'
}

/** Up to three words or numbers, or one list or mapping. */
function exampleOf(field: Json | undefined): string {
  const { examples } = resolved(field)
  if (!isList(examples)) return ''
  const isScalar = examples.every((example) => typeof example !== 'object')
  return examples
    .slice(0, isScalar ? 3 : 1)
    .map((example) => `\`${cell(typeof example === 'string' ? example : JSON.stringify(example))}\``)
    .join(', ')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
