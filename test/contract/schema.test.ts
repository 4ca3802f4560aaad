import { readFileSync } from 'node:fs'
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'
import { expect, test } from 'vitest'
import { artifacts } from '../../scripts/artifacts.ts'
import { schema } from '../../src/graphql/schema.ts'

const own = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))

test('every type, field, argument and enum value has a description', () => {
  const missing: string[] = []
  for (const type of own) {
    if (!type.description) missing.push(type.name)
    if (isEnumType(type))
      for (const value of type.getValues()) if (!value.description) missing.push(`${type.name}.${value.name}`)
    if (!(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))) continue
    for (const field of Object.values(type.getFields())) {
      if (!field.description) missing.push(`${type.name}.${field.name}`)
      if ('args' in field)
        for (const argument of field.args)
          if (!argument.description) missing.push(`${type.name}.${field.name}(${argument.name}:)`)
    }
  }
  expect(missing).toEqual([])
})

test('enum values are written in capitals', () => {
  const odd = own.filter(isEnumType).flatMap((type) =>
    type
      .getValues()
      .map(({ name }) => name)
      .filter((name) => !/^[A-Z][A-Z0-9_]*$/.test(name)),
  )
  expect(odd).toEqual([])
})

test('the queries of the design are there', () => {
  const queries = Object.keys(schema.getQueryType()?.getFields() ?? {})
  expect(queries).toEqual(
    expect.arrayContaining([
      'node',
      'nodes',
      'tool',
      'tools',
      'searchTools',
      'toolVersions',
      'capability',
      'capabilities',
      'patterns',
      'catalogStatistics',
      'performanceStatistics',
      'changeSets',
      'exportTools',
      'validateDefinition',
    ]),
  )
})

test.each(artifacts.map(({ file, content }) => [file, content] as const))(
  '%s is what the code says',
  (file, content) => {
    expect(readFileSync(file, 'utf8')).toBe(content())
  },
)
