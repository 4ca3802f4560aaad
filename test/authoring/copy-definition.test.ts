import { expect, test } from 'vitest'
import { copyDefinition } from '../../src/authoring/copy-definition.ts'

const now = new Date('2026-03-04T05:06:07Z')

test('a copy has its own name, version, state and dates, and all else byte for byte', () => {
  const text = `# yaml-language-server: $schema=../../definition.schema.json
# Mine.
tool_name:   grep   # the name
version: 2.10
description: 'Find: text'
platform: linux
category: system
status: deprecated # old
enabled: false
metadata: { created: 2020-01-01, tags: [a] }
`
  expect(copyDefinition(text, 'ugrep', now)).toBe(`# Mine.
tool_name:   "ugrep"   # the name
version: "1.0.0"
description: 'Find: text'
platform: linux
category: system
status: "active" # old
enabled: true
metadata: { created: "2026-03-04", tags: [a] }
`)
})

test('a copy keeps the shape: the wrapper, the key name, JSON', () => {
  const json = '{"tool": {"name": "a", "version": "1", "description": "A.", "platform": "linux", "category": "x"}}'
  expect(copyDefinition(json, 'b', now)).toBe(json.replace('"a"', '"b"').replace('"1"', '"1.0.0"'))
})
