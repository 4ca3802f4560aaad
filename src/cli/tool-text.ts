import { stateOf } from './list.ts'
import type { Printer } from './printer.ts'
import { relativeDate } from './relative-date.ts'
import type { ShownPattern, ShownTool, ShownVersion } from './shown-tool.ts'
import { type Column, formatTable } from './table.ts'
import { harmless } from './terminal.ts'

/** A tool for a person: what it is, what it can do, and its versions. */
export function toolText(tool: ShownTool, printer: Printer): string {
  const { paint } = printer
  const title = `${paint.bold(paint.cyan(tool.name))} ${paint.bold(tool.version?.version ?? 'without a version')}`
  const parts = [title, harmless(tool.description), '', ...factsOf(tool, printer), '']
  for (const { name, description, patterns } of tool.version?.capabilities ?? []) {
    parts.push(`${paint.bold(name)}  ${harmless(description)}`)
    if (patterns.length > 0) parts.push(formatTable(patternColumns(printer), patterns, printer))
  }
  parts.push(formatTable(versionColumns(tool, printer), tool.versions.nodes, printer).trimEnd())
  if (tool.versions.pageInfo.hasNextPage) parts.push(paint.dim('and older ones'))
  return parts.join('\n')
}

function factsOf(tool: ShownTool, { paint }: Printer): string[] {
  const { version } = tool
  const facts: [string, string][] = [
    ['platform', tool.platform],
    ['category', tool.category],
    [
      'state',
      tool.enabled ? stateOf(tool) : `off (version ${version?.version ?? '-'} is ${tool.status.toLowerCase()})`,
    ],
    ['tags', tool.tags.join(', ')],
    ['depends on', (version?.dependencies ?? []).map((one) => `${one.name} ${one.version ?? ''}`.trim()).join(', ')],
    ['documentation', version?.documentationUrl ?? ''],
    ['updated', `${relativeDate(tool.updatedAt)}, revision ${tool.revision}`],
    ['digest', version?.digest ?? ''],
  ]
  return facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${paint.dim(name.padEnd('documentation'.length))}  ${harmless(value)}`)
}

function patternColumns({ paint }: Printer): Column<ShownPattern>[] {
  return [
    { title: '  PATTERN', cell: ({ name }) => `  ${name}`, paint: paint.cyan },
    { title: 'INPUTS', cell: ({ requiredInputs }) => requiredInputs.map(({ name }) => name).join(', ') || '-' },
    { title: 'TIME (MS)', cell: ({ timeEstimateMs }) => timeEstimateMs ?? '-' },
    { title: 'COST', cell: ({ costEstimate }) => costEstimate ?? '-' },
    {
      title: 'POLICY',
      cell: policyOf,
      paint: (text, { policy }) =>
        policy.productionSafe && !policy.requiresApproval ? paint.green(text) : paint.yellow(text),
    },
    { title: 'DESCRIPTION', cell: ({ description }) => description },
  ]
}

function policyOf({ policy: { productionSafe, requiresApproval } }: ShownPattern): string {
  const safety = productionSafe === null ? 'safety not said' : productionSafe ? 'safe' : 'not for production'
  return requiresApproval ? `${safety}, approval` : safety
}

function versionColumns({ latest }: ShownTool, { paint }: Printer): Column<ShownVersion>[] {
  return [
    { title: 'VERSION', cell: ({ version }) => version, paint: paint.cyan },
    {
      title: 'STAGE',
      cell: ({ version, status }) => `${status.toLowerCase()}${version === latest?.version ? ', latest' : ''}`,
    },
    { title: 'PUBLISHED', cell: ({ createdAt }) => relativeDate(createdAt), paint: paint.dim },
    { title: 'BY', cell: ({ createdBy }) => createdBy, paint: paint.dim },
  ]
}
