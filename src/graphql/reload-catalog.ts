import { findReload } from '../catalog/reload-history.ts'
import type { ReloadProblem } from '../catalog/reload-log.ts'
import { builder } from './builder.ts'
import { ErrorInterface } from './errors.ts'
import { addMutation } from './mutation.ts'
import { Reload, ReloadProblemRef } from './reload.ts'

/** Nothing was taken over, and which files are to blame. */
class ReloadFailedError extends Error {
  override readonly name = 'ReloadFailedError'
  constructor(
    message: string,
    readonly problems: readonly ReloadProblem[],
  ) {
    super(message)
  }
}

builder.objectType(ReloadFailedError, {
  name: 'ReloadFailedError',
  description: 'The files cannot be taken over, so nothing was: the last good catalog is served.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    problems: t.field({
      type: [ReloadProblemRef],
      description: 'What is wrong with which file; at most 500.',
      resolve: ({ problems }) => [...problems],
    }),
  }),
})

class NothingToReloadError extends Error {
  override readonly name = 'NothingToReloadError'
  constructor() {
    super('This server follows no folder: set WATCH_DIR, or import definitions')
  }
}

builder.objectType(NothingToReloadError, {
  name: 'NothingToReloadError',
  description: 'This server follows no folder.',
  interfaces: [ErrorInterface],
})

addMutation('reloadCatalog', {
  description:
    'Bring the catalog to what the files of WATCH_DIR say, in one revision, and wait until that is done. Everything is checked first; one broken file, and nothing is taken over.',
  role: 'editor',
  errors: [ReloadFailedError, NothingToReloadError],
  input: (t) => ({
    tool: t.string({
      description:
        'Only the files of this tool; its definition is taken over even when its files have not changed. Left out: every file that has changed.',
    }),
  }),
  run: async ({ tool }, { reloading, viewer, requestId }, { message, dryRun, once }) => {
    const { actor } = viewer
    const asked = { tool: tool ?? undefined, message, requestId, dryRun, once }
    const report = await reloading.reload({ trigger: 'manual', actor, ...asked })
    if (!report) throw new NothingToReloadError()
    const { outcome, error, problems, startedAt, revision, events } = report
    if (outcome === 'failed') throw new ReloadFailedError(error ?? 'The reload failed', problems)
    const recorded = { actor, requestId: report.requestId ?? null, startedAt: startedAt.toISOString() }
    return { value: dryRun ? null : recorded, revision, events }
  },
  success: (t) => ({
    reload: t.field({
      type: Reload,
      nullable: true,
      description: 'The reload, as the history has it. Null after a dry run, which the history does not know.',
      resolve: async ({ value }, _, { reader }) => (value && (await findReload(reader, value))) ?? null,
    }),
  }),
})
