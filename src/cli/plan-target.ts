import type { DefinitionFile } from '../catalog/applied-files.ts'
import { readAppliedFiles } from '../catalog/applied-files.ts'
import { ApplyRejectedError, applyDefinitions } from '../catalog/apply-definitions.ts'
import type { PlanItem } from '../catalog/apply-plan.ts'
import { readConfig } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { ApplyRequest, CatalogPlan } from './catalog-plan.ts'
import { type Done, refusalText } from './mutate.ts'
import { operator } from './operator.ts'
import { plural } from './plural.ts'
import type { Printer } from './printer.ts'
import { ServerError } from './server-error.ts'
import type { Session } from './session.ts'
import { withDatabase } from './with-database.ts'

/** What holds a plan to what somebody has seen. */
export interface Seen {
  readonly expectedRevision: string
  readonly expectedPlan: string
}

export interface ApplyHow {
  /** Why, for the history. */
  readonly message?: string | undefined
  /** Undefined for a plan: everything is done, and then undone. */
  readonly seen?: Seen | undefined
}

/** Where a plan is made and carried out. A plan with refused items is an answer, too. */
export type Target = (files: readonly DefinitionFile[], request: ApplyRequest, how: ApplyHow) => Promise<CatalogPlan>

const ITEMS = `items {
  action tool version previous renamedFrom path detail differences { path before after kind breaking reason }
}`
const APPLY = `mutation Apply($input: ApplyDefinitionsInput!) {
  applyDefinitions(input: $input) {
    __typename
    ... on ApplyDefinitionsSuccess { revision dryRun changes { kind } plan plannedAt ${ITEMS} }
    ... on ApplyRejectedError { ${ITEMS} }
    ... on InvalidInputError { problems { severity code message path line column label } }
    ... on Error { code message }
  }
}`
/** Takes larger bodies. */
const LARGE = '/import'

interface ServerAnswer extends Done {
  readonly code?: string
  readonly message?: string
  readonly plan: string
  readonly plannedAt: string
  readonly items?: readonly PlanItem[]
}

/** Through the API of a running server. */
export function serverTarget(session: Session): Target {
  return async (files, { onConflict, ...request }, { message, seen }) => {
    const input = {
      ...request,
      ...seen,
      files: files.map(({ path, text }) => ({ path, text })),
      onConflict: onConflict.replace('-', '_').toUpperCase(),
      dryRun: seen === undefined,
      ...(message === undefined ? {} : { message }),
    }
    const { applyDefinitions: answer } = await session.ask<{ applyDefinitions: ServerAnswer }>(
      APPLY,
      { input },
      { path: LARGE },
    )
    const { code, items } = answer
    if (code !== undefined && !items?.length)
      throw new ServerError(refusalText({ ...answer, message: answer.message ?? code }), 'refused')
    const isDone = code === undefined && !answer.dryRun && answer.changes.length > 0
    const revision = isDone ? answer.revision : null
    return {
      items: (items ?? []).map(fromGraphql),
      plan: answer.plan ?? '',
      plannedAt: answer.plannedAt ?? '',
      revision,
    }
  }
}

/** GraphQL spells enum values in capitals. */
function fromGraphql({ action, differences, ...item }: PlanItem): PlanItem {
  const lower = <T extends string>(value: T) => value.toLowerCase() as T
  return {
    ...item,
    action: lower(action),
    differences: differences.map(({ kind, breaking, ...rest }) => ({
      ...rest,
      kind: lower(kind),
      breaking: lower(breaking),
    })),
  }
}

/** Straight on the database that the environment names. */
export function databaseTarget(printer: Printer): Target {
  return async (files, request, { message, seen }) => {
    const origin = { actor: operator(), source: 'import', message } as const
    const compatibility = readConfig().COMPATIBILITY
    const options = { ...request, ...seen, compatibility, dryRun: seen === undefined }
    const preparing = printer.progress('Preparing')
    const applied = readAppliedFiles(files, (count) => preparing.update(count, files.length))
    preparing.end()
    const apply = async (database: Database) => {
      const { value, revision } = await applyDefinitions(database, origin, applied, options)
      return { ...value, revision: revision ?? null }
    }
    try {
      return await withDatabase(printer, (database) =>
        printer.wait(`${seen ? 'Applying' : 'Planning'} ${plural(files.length, 'file')}`, apply(database)),
      )
    } catch (error) {
      if (!(error instanceof ApplyRejectedError) || error.items.length === 0) throw error
      return { items: error.items, plan: '', plannedAt: '', revision: null }
    }
  }
}
