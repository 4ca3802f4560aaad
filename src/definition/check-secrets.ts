import { isList, isObject, type Json } from './json.ts'
import type { Path } from './source.ts'

/** What a secret looks like, by its issuer's own marks, so that no ordinary text is taken for one. */
const SECRETS: readonly (readonly [string, RegExp])[] = [
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,})/],
  // AWS ends the keys in its documentation with EXAMPLE.
  ['an AWS access key', /\b(?:AKIA|ASIA)(?![0-9A-Z]*EXAMPLE\b)[0-9A-Z]{16}\b/],
  ['a Google API key', /\bAIza[0-9A-Za-z_-]{35}/],
  ['a Slack token', /\bxox[abeoprs]-[0-9A-Za-z-]{20,}/],
  ['a Stripe key', /\b[rs]k_live_[0-9A-Za-z]{20,}/],
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ['a key of this catalog', /\btcat_[0-9A-Za-z]{36}\b/],
]

/** Where a value holds something that looks like a secret: many people read definitions. Keys are looked at, too. */
export function findSecrets(value: Json, path: Path = []): { readonly path: Path; readonly kind: string }[] {
  if (typeof value === 'string') {
    const found = SECRETS.find(([, mark]) => mark.test(value))
    return found ? [{ path, kind: found[0] }] : []
  }
  if (isList(value)) return value.flatMap((item, index) => findSecrets(item, [...path, index]))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, item]) => [
    // Not under the key itself: its name is told to whoever reads the problem.
    ...findSecrets(key, path),
    ...findSecrets(item, [...path, key]),
  ])
}
