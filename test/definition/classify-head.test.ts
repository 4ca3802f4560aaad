import { describe, expect, test } from 'vitest'
import { classifyDifferences } from '../../src/definition/classify.ts'
import type { JsonObject } from '../../src/definition/json.ts'
import { aDefinition } from '../support/fixtures.ts'

/** `kind breaking: reason` of each difference. */
const said = (before: JsonObject, after: JsonObject) =>
  classifyDifferences(before, after).map(({ kind, breaking, reason }) => `${kind} ${breaking}: ${reason}`)

/** name, before, after, and what is said from the one to the other and back. */
type Case = readonly [string, JsonObject, JsonObject, string, string]

describe('a field of the definition', () => {
  const needs = (...dependencies: JsonObject[]) => ({ dependencies })
  test.each<Case>([
    [
      'its name',
      { tool_name: 'grep' },
      { tool_name: 'ripgrep' },
      'spec yes: callers ask for it by the name it had',
      'spec yes: callers ask for it by the name it had',
    ],
    [
      'the case of its name',
      { tool_name: 'grep' },
      { tool_name: 'Grep' },
      'spec no: names are compared without case',
      'spec no: names are compared without case',
    ],
    [
      'its platform',
      { platform: 'linux' },
      { platform: 'windows' },
      'spec yes: it no longer runs where callers run it',
      'spec yes: it no longer runs where callers run it',
    ],
    [
      'the same platform in other words',
      { platform: 'cross-platform' },
      { platform: 'Cross Platform' },
      'spec no: both words are compared as the same',
      'spec no: both words are compared as the same',
    ],
    [
      'where it is run',
      {},
      { execution_location: 'jump-host' },
      'spec maybe: it may run somewhere else now',
      'spec maybe: it may run somewhere else now',
    ],
    [
      'a dependency that is required',
      {},
      needs({ name: 'jq', type: 'package', required: true }),
      'spec maybe: hosts that run it may have no jq, which it now needs',
      'spec no: it needs nothing more than before',
    ],
    [
      'a dependency that does not say whether it is required',
      needs(),
      needs({ name: 'jq' }),
      'spec maybe: hosts that run it may have no jq, which it now needs',
      'spec no: it needs nothing more than before',
    ],
    [
      'a dependency that is not required',
      {},
      needs({ name: 'jq', required: false }),
      'spec no: it works without jq',
      'spec no: it needs nothing more than before',
    ],
    [
      'a dependency that is required now',
      needs({ name: 'jq', required: false }),
      needs({ name: 'jq', required: true }),
      'spec maybe: hosts that run it may have no jq, which it now needs',
      'spec no: it works without jq',
    ],
    [
      'a dependency of another version',
      needs({ name: 'jq', version: '>=1.5' }),
      needs({ name: 'jq', version: '>=1.6' }),
      'spec maybe: hosts that run it may have another version of jq than it now needs',
      'spec maybe: hosts that run it may have another version of jq than it now needs',
    ],
    [
      'a dependency of another type',
      needs({ name: 'jq', type: 'package' }),
      needs({ name: 'jq', type: 'binary' }),
      'spec maybe: hosts that run it may have no jq, which it now needs',
      'spec maybe: hosts that run it may have no jq, which it now needs',
    ],
    [
      'the order of dependencies',
      needs({ name: 'jq' }, { name: 'sed' }),
      needs({ name: 'sed' }, { name: 'jq' }),
      'spec no: it needs nothing more than before',
      'spec no: it needs nothing more than before',
    ],
    [
      'one dependency of several',
      needs({ name: 'sed' }, { name: 'awk' }),
      needs({ name: 'sed' }, { name: 'jq' }, { name: 'tee', required: false }),
      'spec maybe: hosts that run it may have no jq, which it now needs',
      'spec maybe: hosts that run it may have no awk, which it now needs',
    ],
    [
      'its defaults',
      {},
      { defaults: { freshness: 'live' } },
      'behaviour maybe: callers may rely on its defaults',
      'behaviour maybe: callers may rely on its defaults',
    ],
    [
      'one default',
      { defaults: { a: { b: 1 } } },
      { defaults: { a: { b: 2 } } },
      'behaviour maybe: callers may rely on the default a.b',
      'behaviour maybe: callers may rely on the default a.b',
    ],
    ...(
      [
        ['description', 'D.', 'only people read it'],
        ['tags', ['a'], 'only people read it'],
        ['created_by', 'ops', 'only people read it'],
        ['metadata', { tags: ['a'] }, 'only people read it'],
        ['examples', [{ name: 'a' }], 'only people read it'],
        ['category', 'system', 'it is only listed elsewhere'],
        ['version', '9.0', 'every version has a name of its own'],
        ['status', 'disabled', 'the state of a tool is no part of what it does'],
        ['enabled', false, 'the state of a tool is no part of what it does'],
        ['owner', { team: 'ops' }, 'the format does not know owner'],
        ['toString', 1, 'the format does not know toString'],
      ] as const
    ).map(
      ([field, value, reason]): Case => [
        field,
        { [field]: null },
        { [field]: value },
        `metadata no: ${reason}`,
        `metadata no: ${reason}`,
      ],
    ),
  ])('%s', (_name, before, after, forth, back) => {
    expect(said(aDefinition(before), aDefinition(after))).toEqual([forth])
    expect(said(aDefinition(after), aDefinition(before))).toEqual([back])
  })
})
