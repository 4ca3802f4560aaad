import {
  CapabilityNotFoundError,
  CompatibilityError,
  InvalidInputError,
  NameTakenError,
  PatternNotFoundError,
  RevisionConflictError,
  ToolNotFoundError,
  VersionNotFoundError,
  VersionNotPublishedError,
  VersionPublishedError,
} from '../catalog/errors.ts'
import { builder } from './builder.ts'
import { CompatibilityEnum, enumName, ToolStatus } from './enums.ts'
import { ClassifiedDifferenceRef } from './tool-diff.ts'
import { ProblemRef } from './validation.ts'

const CODES = {
  InvalidInputError: 'The input is wrong, and says where.',
  ToolNotFoundError: 'There is no such tool.',
  VersionNotFoundError: 'The tool has no such version.',
  CapabilityNotFoundError: 'The version has no such capability.',
  PatternNotFoundError: 'The capability has no such pattern.',
  NameTakenError: 'Something else has this name.',
  VersionPublishedError: 'The version is published, and published versions are never edited.',
  VersionNotPublishedError: 'Only a published version can do this.',
  RevisionConflictError: 'Somebody else was faster: read again.',
  CompatibilityError: 'The new version would break those who use the tool.',
  ImportRejectedError: 'Something of the import cannot be imported, so nothing was.',
  ApplyRejectedError: 'Something of the files cannot be applied, so nothing was.',
  PlanOutdatedError: 'What would happen is not what was planned: plan again.',
  ReloadFailedError: 'The files cannot be taken over, so nothing was.',
  NothingToReloadError: 'This server follows no folder.',
  ApiKeyNameTakenError: 'Another usable API key has this name.',
  ApiKeyNotFoundError: 'There is no such API key.',
} as const

/** The code of an error class, by its name. */
export const codeOf = (name: string) => enumName(name.replace(/Error$/, ''))

const ErrorCode = builder.enumType('ErrorCode', {
  description: 'What kept a mutation from happening.',
  values: Object.fromEntries(
    Object.entries(CODES).map(([name, description]) => [codeOf(name), { value: codeOf(name), description }]),
  ),
})

/** Every error that a mutation can answer with. */
export const ErrorInterface = builder.interfaceRef<Error>('Error').implement({
  description: 'What kept a mutation from happening. Nothing was changed.',
  fields: (t) => ({
    code: t.field({ type: ErrorCode, description: 'Which kind, for programs.', resolve: ({ name }) => codeOf(name) }),
    message: t.exposeString('message', { description: 'What is wrong and what to do, for people.' }),
  }),
})

const interfaces = [ErrorInterface]
const toolName = 'Name of the tool.'
const versionName = 'Name of the version.'

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: CODES.InvalidInputError,
  interfaces,
  fields: (t) => ({
    problems: t.field({
      type: [ProblemRef],
      description: 'Every problem of the definition, when it is that which is wrong; warnings included.',
      resolve: ({ problems }) => [...problems],
    }),
  }),
})

builder.objectType(ToolNotFoundError, {
  name: 'ToolNotFoundError',
  description: CODES.ToolNotFoundError,
  interfaces,
  fields: (t) => ({ toolName: t.exposeString('tool', { description: 'The name or id that was asked for.' }) }),
})

builder.objectType(VersionNotFoundError, {
  name: 'VersionNotFoundError',
  description: CODES.VersionNotFoundError,
  interfaces,
  fields: (t) => ({
    toolName: t.exposeString('tool', { description: toolName }),
    versionName: t.exposeString('version', { description: 'The version that was asked for.' }),
  }),
})

builder.objectType(CapabilityNotFoundError, {
  name: 'CapabilityNotFoundError',
  description: CODES.CapabilityNotFoundError,
  interfaces,
  fields: (t) => ({
    toolName: t.exposeString('tool', { description: toolName }),
    versionName: t.exposeString('version', { description: versionName }),
    capabilityName: t.exposeString('capability', { description: 'The capability that was asked for.' }),
  }),
})

builder.objectType(PatternNotFoundError, {
  name: 'PatternNotFoundError',
  description: CODES.PatternNotFoundError,
  interfaces,
  fields: (t) => ({
    toolName: t.exposeString('tool', { description: toolName }),
    versionName: t.exposeString('version', { description: versionName }),
    patternName: t.exposeString('pattern', { description: 'The pattern that was asked for.' }),
  }),
})

builder.objectType(NameTakenError, {
  name: 'NameTakenError',
  description: CODES.NameTakenError,
  interfaces,
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'What has the name: tool, capability or pattern.' }),
    takenName: t.exposeString('takenName', { description: 'The name, as it is spelt there.' }),
  }),
})

builder.objectType(VersionPublishedError, {
  name: 'VersionPublishedError',
  description: CODES.VersionPublishedError,
  interfaces,
  fields: (t) => ({
    toolName: t.exposeString('tool', { description: toolName }),
    versionName: t.exposeString('version', { description: versionName }),
    status: t.field({ type: ToolStatus, description: 'Its stage.', resolve: ({ status }) => status }),
  }),
})

builder.objectType(VersionNotPublishedError, {
  name: 'VersionNotPublishedError',
  description: CODES.VersionNotPublishedError,
  interfaces,
  fields: (t) => ({
    toolName: t.exposeString('tool', { description: toolName }),
    versionName: t.exposeString('version', { description: versionName }),
    status: t.field({ type: ToolStatus, description: 'Its stage.', resolve: ({ status }) => status }),
  }),
})

builder.objectType(RevisionConflictError, {
  name: 'RevisionConflictError',
  description: CODES.RevisionConflictError,
  interfaces,
  fields: (t) => ({
    expectedRevision: t.field({
      type: 'Revision',
      description: 'The revision that the caller has seen.',
      resolve: ({ expectedRevision }) => expectedRevision,
    }),
    currentRevision: t.field({
      type: 'Revision',
      description: 'The revision it is at by now.',
      resolve: ({ currentRevision }) => currentRevision,
    }),
  }),
})

builder.objectType(CompatibilityError, {
  name: 'CompatibilityError',
  description: CODES.CompatibilityError,
  interfaces,
  fields: (t) => ({
    compatibility: t.field({
      type: CompatibilityEnum,
      description: 'What must not be broken.',
      resolve: ({ compatibility }) => compatibility,
    }),
    against: t.exposeString('against', { description: 'The version that callers use now.' }),
    differences: t.field({
      type: [ClassifiedDifferenceRef],
      description: 'What breaks them, and why.',
      resolve: ({ differences }) => [...differences],
    }),
  }),
})
