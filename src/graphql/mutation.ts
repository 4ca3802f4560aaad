import type { InputFieldMap, InputShapeFromFields } from '@pothos/core'
import type { Role } from '../auth/viewer.ts'
import type { Committed, WriteOptions } from '../catalog/change-tool.ts'
import { InvalidInputError } from '../catalog/errors.ts'
import type { ChangeEvent as Change } from '../changes/change-event.ts'
import { digest } from '../definition/canonical.ts'
import type { Json } from '../definition/json.ts'
import { builder } from './builder.ts'
import { ChangeEvent } from './change-set.ts'
import { type Context, renewSnapshot } from './context.ts'
import './errors.ts'
import { countRejections } from './rejections.ts'

/** What a mutation has done, as its success type reads it. */
export interface Outcome<T> {
  readonly value: T
  /** Undefined when it changed nothing, or was a dry run. */
  readonly revision: string | undefined
  readonly changes: readonly Change[]
  readonly dryRun: boolean
  readonly clientMutationId: string | null
}

type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never
export type InputBuilder = PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>
export type ObjectBuilder<Shape> = PothosSchemaTypes.ObjectFieldBuilder<Types, Shape>
type ErrorClass = new (...parameters: never[]) => Error

/** Fields of every success type. */
const Success = builder.interfaceRef<Outcome<unknown>>('MutationSuccess').implement({
  description: 'What every mutation that succeeded answers.',
  fields: (t) => ({
    revision: t.field({
      type: 'Revision',
      description: 'The revision that it made; the current one when it changed nothing, or was a dry run.',
      resolve: async ({ revision }, _, { reader }) => revision ?? reader.revision(),
    }),
    changes: t.field({
      type: [ChangeEvent],
      description:
        'What it changed, or would have changed: what the history says of it. None of `importTools`, whose `results` say it.',
      resolve: ({ changes }) => [...changes],
    }),
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether everything was done and then undone.' }),
    clientMutationId: t.string({
      nullable: true,
      description: "The caller's id of the mutation.",
      resolve: ({ clientMutationId }) => clientMutationId,
    }),
  }),
})

/** Input fields of every mutation that writes the catalog. */
const common = (t: InputBuilder) => ({
  message: t.string({ description: 'Why, for the history.' }),
  dryRun: t.boolean({
    required: true,
    defaultValue: false,
    description: 'Do everything, checks of the database included, and then undo it.',
  }),
  clientMutationId: t.string({
    description:
      'An id of your own, unique among your mutations of a week: sent again after a lost answer, it gives the first answer, and nothing happens twice.',
  }),
})

/** The input field of mutations of one tool. */
export const expectedRevision = (t: InputBuilder) =>
  t.field({
    type: 'Revision',
    description: 'Revision of the tool that you have seen. When it is another one by now, nothing is changed.',
  })

export interface MutationConfig<Fields extends InputFieldMap, T extends Json> {
  readonly description: string
  readonly role: Role
  /** What it can end with, beside InvalidInputError. */
  readonly errors: readonly ErrorClass[]
  readonly input: (t: InputBuilder) => Fields
  /** Fields of the success type, beside those of every mutation. */
  readonly success: (t: ObjectBuilder<Outcome<T>>) => object
  readonly run: (
    input: InputShapeFromFields<Fields>,
    context: Context,
    options: WriteOptions,
  ) => Promise<Pick<Committed<T>, 'value' | 'revision' | 'events'>>
}

/** Add a mutation: its input, its success type, its result union and its field. */
export function addMutation<Fields extends InputFieldMap, T extends Json>(
  name: string,
  config: MutationConfig<Fields, T>,
): void {
  const { description, role, errors } = config
  const typeName = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const Input = builder.inputType(`${typeName}Input`, {
    description: `Input of \`${name}\`.`,
    fields: (t) => ({ ...config.input(t), ...common(t) }),
  })
  const SuccessType = builder.objectRef<Outcome<T>>(`${typeName}Success`).implement({
    description: `What \`${name}\` answers when it succeeded.`,
    interfaces: [Success],
    // The builder checks each field when it is made; how they are put together does not matter to it.
    fields: (t) => config.success(t) as Record<string, never>,
  })
  const modelled = [InvalidInputError, ...errors]
  builder.mutationField(name, (t) =>
    t.field({
      type: SuccessType,
      description,
      authScopes: { role },
      errors: {
        types: modelled as (new () => Error)[],
        directResult: true,
        union: { name: `${typeName}Result`, description: `What \`${name}\` can answer.` },
      },
      args: { input: t.arg({ type: Input, required: true, description: 'What to do.' }) },
      resolve: (_, args, context) => {
        // The one argument is of the input type above, which was made from exactly these fields.
        const { input } = args as unknown as { input: InputShapeFromFields<Fields> & CommonInput }
        return countRejections(name, modelled, context, () => outcomeOf(name, config, input, context))
      },
    }),
  )
}

async function outcomeOf<Fields extends InputFieldMap, T extends Json>(
  name: string,
  { run }: MutationConfig<Fields, T>,
  input: InputShapeFromFields<Fields> & CommonInput,
  context: Context,
): Promise<Outcome<T>> {
  const options = writeOptions(name, input)
  // What the mutation before has answered was read from a snapshot that is still open: the embedded database's one
  // session is free for a write when that ends. The new one opens at the first read, which is behind the write.
  await renewSnapshot(context)
  const { value, revision, events } = await run(input, context, options)
  const { dryRun, clientMutationId = null } = input
  return { value, revision, changes: events, dryRun, clientMutationId }
}

interface CommonInput {
  readonly message?: string | null
  readonly dryRun: boolean
  readonly clientMutationId?: string | null
  readonly expectedRevision?: string | null
}

/**
 * The input through JSON, which is also how the same input would come a second time.
 * @throws InvalidInputError for what no column of the database can hold
 */
export function storable(input: object): Json {
  const text = JSON.stringify(input, (key, value: unknown) => {
    for (const part of [key, value]) {
      if (typeof part === 'string' && /[\0\p{Surrogate}]/u.test(part))
        throw new InvalidInputError('No text can hold U+0000 or half a surrogate pair')
    }
    if (typeof value === 'number' && !Number.isFinite(value)) throw new InvalidInputError('A number is too large')
    return value
  })
  return JSON.parse(text) as Json
}

const LONGEST_ID = 200
const LONGEST_MESSAGE = 2_000

function writeOptions(mutation: string, input: CommonInput): WriteOptions {
  const { message, dryRun, clientMutationId, expectedRevision: expected, ...rest } = input
  if (clientMutationId === '' || (clientMutationId?.length ?? 0) > LONGEST_ID)
    throw new InvalidInputError(`clientMutationId must have 1 to ${LONGEST_ID} characters`)
  if ((message?.length ?? 0) > LONGEST_MESSAGE)
    throw new InvalidInputError(`message must have at most ${LONGEST_MESSAGE} characters`)
  const asked = storable({ mutation, message, expected, clientMutationId, ...rest })
  return {
    message: message ?? undefined,
    expectedRevision: expected ?? undefined,
    dryRun,
    once: clientMutationId == null ? undefined : { clientMutationId, request: digest(asked) },
  }
}
