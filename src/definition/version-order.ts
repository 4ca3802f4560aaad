import semver from 'semver'

/**
 * A text that sorts, byte by byte, as versions do: semantic versions by their own precedence (semver.org §11), loose ones
 * (`1.0`, `v2`) by the semantic version they stand for, and anything else before all of those.
 */
export function versionSortKey(version: string): string {
  const parsed = semver.parse(version, { loose: true }) ?? loose(version)
  if (!parsed) return `0${version}`
  const release = [parsed.major, parsed.minor, parsed.patch].map(padded).join('.')
  // A release follows its pre-releases: `~` is the last printable character.
  const rest = parsed.prerelease.length === 0 ? '~' : `-${parsed.prerelease.map(identifier).join('!')}`
  return `1${release}${rest}`
}

/** `1.10` and `v2` say major and minor and leave the patch out; a suffix is a pre-release. */
function loose(version: string): semver.SemVer | null {
  const match = /^v?(\d+)(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?$/.exec(version)
  return match ? semver.parse(`${match[1]}.${match[2] ?? 0}.0${match[3] ? `-${match[3]}` : ''}`, { loose: true }) : null
}

/** Numbers before words, numbers by value. */
function identifier(part: string | number): string {
  return typeof part === 'number' ? `0${padded(part)}` : `1${part}`
}

function padded(value: number): string {
  return String(value).padStart(16, '0')
}

/** Order of two versions: by sort key, and by their text where they stand for the same (`1.0` and `1.0.0`). */
export function compareVersions(a: string, b: string): number {
  return compareText(versionSortKey(a), versionSortKey(b)) || compareText(a, b)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The first free version after `version`: its next patch, or with a counter when it is not a semantic version. */
export function nextVersion(version: string, taken: ReadonlySet<string>): string {
  const base = semver.parse(version, { loose: true }) ?? loose(version)
  for (let step = 1; ; step++) {
    const candidate = base ? `${base.major}.${base.minor}.${base.patch + step}` : `${version}.${step}`
    if (!taken.has(candidate)) return candidate
  }
}
