import type { Command } from 'commander'
import { type ApplyOptions, addApplyOptions, openTarget, requestOf } from './apply-options.ts'
import { type ApplyRequest, type CatalogPlan, isChange, summaryOfPlan } from './catalog-plan.ts'
import { EXIT } from './exit-code.ts'
import { readFolder } from './folder-files.ts'
import { gitCommit, messageWith } from './git-commit.ts'
import { readPlanFile } from './plan-file.ts'
import type { Seen } from './plan-target.ts'
import { planText } from './plan-text.ts'
import { plural } from './plural.ts'
import { confirm, UsageError } from './prompt.ts'

interface ApplyCommandOptions extends ApplyOptions {
  readonly plan?: string
  readonly message?: string
  readonly commit?: string
  readonly yes?: boolean
}

/** `tool-catalog apply`: bring the catalog to what a folder says. */
export function addApplyCommand(program: Command, setExit: (code: number) => void): void {
  const apply = program
    .command('apply')
    .description(
      'Bring the catalog to what a folder of definitions says: exactly the plan, in one revision, or nothing',
    )
    .option(
      '--plan <file>',
      'carry out this plan (plan --out), and nothing when the catalog or the files have moved since',
    )
    .option('-m, --message <text>', 'why, for the history')
    .option('--commit <id>', 'commit of the files, for the history (default: what git says)')
    .option('-y, --yes', 'delete what is pruned without asking')
    .addHelpText(
      'after',
      '\nA tool that another source has brought is not touched, and only what this source has brought is pruned. A definition\nwith renamed_from renames its tool, with versions and history.\n\nExamples:\n  tool-catalog apply ./tools --message "May review"\n  tool-catalog apply ./tools --prune --yes\n  tool-catalog apply ./tools --plan plan.json',
    )
  addApplyOptions(apply).action(async (folder: string, options: ApplyCommandOptions) =>
    setExit(await runApply(folder, options)),
  )
}

async function runApply(folder: string, options: ApplyCommandOptions): Promise<number> {
  const { session, target, name } = openTarget(options)
  const files = await readFolder(session, folder)
  const agreed = await agreedPlan(options, name, files)
  const request = agreed?.request ?? requestOf(options)
  const plan = agreed?.plan ?? (await target(files, request, {}))
  session.note(planText(plan.items, session.notePaint))
  if (plan.items.some(({ action }) => action === 'refuse')) {
    if (session.json) session.printJson({ ...plan, applied: false })
    else session.print('Nothing was applied: see above what is refused.')
    return EXIT.failure
  }
  const pruned = plan.items.filter(({ action }) => action === 'prune')
  if (pruned.length > 0) await confirm(`Delete ${plural(pruned.length, 'tool')}: ${namesOf(pruned)}?`, options.yes)
  const message = messageWith(options.message, options.commit ?? (await gitCommit(folder)))
  const seen: Seen = { expectedRevision: plan.plannedAt, expectedPlan: plan.plan }
  const applied = await target(files, request, { message, seen })
  if (session.json) session.printJson({ ...applied, applied: true, message: message ?? null })
  else session.print(endingOf(applied))
  return EXIT.ok
}

/** The plan of a file, which says everything that could be asked for. */
async function agreedPlan(
  options: ApplyCommandOptions,
  target: string,
  files: Parameters<typeof readPlanFile>[2],
): Promise<{ readonly request: ApplyRequest; readonly plan: CatalogPlan } | undefined> {
  if (options.plan === undefined) return undefined
  const { source, prune, onConflict, overrideCompatibility } = options
  if ([source, prune, onConflict, overrideCompatibility].some((given) => given !== undefined))
    throw new UsageError(
      'A plan says already what to do: leave out --source, --prune, --on-conflict and --override-compatibility.',
    )
  const { request, items, plan, plannedAt } = await readPlanFile(options.plan, target, files)
  // They are only shown: what is carried out, the digest decides.
  return { request, plan: { items: items as CatalogPlan['items'], plan, plannedAt, revision: null } }
}

const MOST_NAMES = 10

function namesOf(items: CatalogPlan['items']): string {
  const names = items.slice(0, MOST_NAMES).map(({ tool }) => tool)
  return `${names.join(', ')}${items.length > MOST_NAMES ? ', …' : ''}`
}

function endingOf({ items, revision }: CatalogPlan): string {
  const done = items.filter(isChange).length
  if (revision === null)
    return done === 0 ? 'Nothing to change.' : `Applied without a new revision: ${summaryOfPlan(items)}.`
  return `Applied ${plural(done, 'change')}: revision ${revision}.`
}
