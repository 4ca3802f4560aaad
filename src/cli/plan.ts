import { type Command, CommanderError, Option } from 'commander'
import { type ApplyOptions, addApplyOptions, openTarget, requestOf } from './apply-options.ts'
import { isChange } from './catalog-plan.ts'
import { EXIT, messageOf } from './exit-code.ts'
import { readFolder } from './folder-files.ts'
import { writePlanFile } from './plan-file.ts'
import { planMarkdown, planText } from './plan-text.ts'

interface PlanOptions extends ApplyOptions {
  readonly markdown?: boolean
  readonly out?: string
}

/** Of `plan` alone: scripts tell by it whether there is something to do. Everything that goes wrong is 1, wrong usage too. */
export const PLAN_EXIT = { nothing: EXIT.ok, failed: EXIT.failure, changes: 2 } as const

/** `tool-catalog plan`: what `apply` would do. */
export function addPlanCommand(program: Command, setExit: (code: number) => void): void {
  const plan = program
    .command('plan')
    .description('Say what applying a folder of definitions would do, and whom it breaks; changes nothing')
    .addOption(new Option('--markdown', 'for the comment of a pull request').conflicts('json'))
    .option('--out <file>', 'keep the plan, for apply --plan')
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommanderError(PLAN_EXIT.failed, PLAN_USAGE, error.message)
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing to change, 2 there are changes, 1 anything that went wrong (refused definitions and wrong\nusage too).\n\nExamples:\n  tool-catalog plan ./tools\n  tool-catalog plan ./tools --prune --out plan.json && tool-catalog apply ./tools --plan plan.json\n  tool-catalog plan ./tools --markdown > comment.md',
    )
  addApplyOptions(plan).action(async (folder: string, options: PlanOptions) => {
    try {
      setExit(await runPlan(folder, options))
    } catch (error) {
      process.stderr.write(`${messageOf(error)}\n`)
      setExit(PLAN_EXIT.failed)
    }
  })
}

/** Code of commander's error for wrong usage of `plan`. */
export const PLAN_USAGE = 'tool-catalog.planUsage'

async function runPlan(folder: string, options: PlanOptions): Promise<number> {
  const { session, target, name } = openTarget(options)
  const files = await readFolder(session, folder)
  const request = requestOf(options)
  const plan = await target(files, request, {})
  const { items, plannedAt } = plan
  if (session.json) session.printJson({ plannedAt, plan: plan.plan, ...request, items })
  else session.print(options.markdown ? planMarkdown(items) : planText(items, session.paint))
  if (items.some(({ action }) => action === 'refuse')) return PLAN_EXIT.failed
  if (options.out !== undefined) await writePlanFile(options.out, name, request, files, plan)
  return items.some(isChange) ? PLAN_EXIT.changes : PLAN_EXIT.nothing
}
