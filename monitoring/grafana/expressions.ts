/** A metric of the catalog on the chosen servers. */
export const of = (name: string, labels = ''): string =>
  `tool_catalog_${name}{instance=~"$instance"${labels && `,${labels}`}}`

/** A metric of the process, which other jobs have, too. */
export const ofProcess = (name: string): string => `${name}{job="tool-catalog",instance=~"$instance"}`

/** How much a counter grows a second. */
export const perSecond = (name: string, by: string, labels = ''): string =>
  `sum by (${by}) (rate(${of(name, labels)}[$__rate_interval]))`

export const quantile = (q: number, name: string, by = '', labels = ''): string =>
  `histogram_quantile(${q}, sum by (le${by && `, ${by}`}) (rate(${of(`${name}_bucket`, labels)}[$__rate_interval])))`

/** Failures for which the server is to blame: the codes of job:tool_catalog_failures:rate5m. */
export const FAILURES =
  'code=~"INTERNAL_SERVER_ERROR|DATABASE_UNAVAILABLE|CREDENTIALS_UNAVAILABLE|REVISION_NOT_YET_AVAILABLE|NOT_READY|TIMEOUT"'
