import type { Role, Viewer } from '../auth/viewer.ts'
import { builder } from './builder.ts'
import { enumValues } from './enums.ts'

const ROLE_DESCRIPTIONS: Record<Role, string> = {
  none: 'May see nothing.',
  reader: 'May read what is published.',
  editor: 'May also read drafts and deleted tools, and change the catalog.',
  admin: 'May also overwrite published versions, override compatibility, and make keys.',
}

export const RoleEnum = builder.enumType('Role', {
  description: 'What a credential allows, each including the ones before it.',
  values: enumValues(ROLE_DESCRIPTIONS),
})

const ViewerRef = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who is asking, as the credential says.',
  fields: (t) => ({
    actor: t.exposeString('actor', { description: 'How the history names them.' }),
    role: t.field({ type: RoleEnum, description: 'What they may do.', resolve: ({ role }) => role }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the credential ends; null when it does not.',
      resolve: ({ expiresAt }) => expiresAt ?? null,
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({ type: ViewerRef, description: 'Who is asking.', resolve: (_, __, { viewer }) => viewer }),
)
