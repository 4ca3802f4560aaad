import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { DefinitionFile } from '../catalog/applied-files.ts'
import { InvalidInputError } from '../catalog/errors.ts'
import type { ApplyRequest, CatalogPlan } from './catalog-plan.ts'
import { writeWhole } from './write-whole.ts'

/** What `plan --out` writes and `apply --plan` holds itself to. */
const PlanFile = z.object({
  format: z.literal('tool-catalog-plan-1'),
  /** Where it was made: the endpoint of a server, or `database`. */
  target: z.string(),
  request: z.object({
    source: z.string(),
    prune: z.boolean(),
    onConflict: z.enum(['new-version', 'overwrite', 'fail', 'skip']),
    overrideCompatibility: z.boolean(),
  }),
  plannedAt: z.string(),
  plan: z.string(),
  /** SHA-256 of each file's text, by its path. */
  files: z.record(z.string(), z.string()),
  items: z.array(z.unknown()),
})
export type PlanFile = z.output<typeof PlanFile>

export async function writePlanFile(
  path: string,
  target: string,
  request: ApplyRequest,
  files: readonly DefinitionFile[],
  { plan, plannedAt, items }: CatalogPlan,
): Promise<void> {
  const content: PlanFile = {
    format: 'tool-catalog-plan-1',
    target,
    request,
    plannedAt,
    plan,
    files: digestsOf(files),
    items: [...items],
  }
  await writeWhole(path, `${JSON.stringify(content, null, 2)}\n`, { replace: true })
}

/**
 * @throws InvalidInputError when it is no plan, or one of another target or other files
 */
export async function readPlanFile(path: string, target: string, files: readonly DefinitionFile[]): Promise<PlanFile> {
  const parsed = PlanFile.safeParse(parseJson(await readFile(path, 'utf8')))
  if (!parsed.success) throw new InvalidInputError(`${path} is no plan: make one with tool-catalog plan --out.`)
  const plan = parsed.data
  if (plan.target !== target)
    throw new InvalidInputError(`${path} was made for ${plan.target}, and this is ${target}: plan again.`)
  const now = digestsOf(files)
  const changed = Object.keys({ ...plan.files, ...now }).filter((file) => plan.files[file] !== now[file])
  if (changed.length > 0)
    throw new InvalidInputError(`Not the files that were planned: ${changed.slice(0, 5).join(', ')}. Plan again.`)
  return plan
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function digestsOf(files: readonly DefinitionFile[]): Record<string, string> {
  return Object.fromEntries(files.map(({ path, text }) => [path, createHash('sha256').update(text).digest('hex')]))
}
