import { type CatalogState, readCatalogState } from '../catalog/catalog-state.ts'
import { builder } from './builder.ts'

const CatalogStateRef = builder.objectRef<CatalogState>('CatalogState').implement({
  description: 'Where the catalog stands.',
  fields: (t) => ({
    epoch: t.exposeID('epoch', {
      description: 'The history that revisions count. Another one after a restore from a backup.',
    }),
    revision: t.field({
      type: 'Revision',
      description: 'The newest revision.',
      resolve: ({ revision }) => revision,
    }),
    compactedRevision: t.field({
      type: 'Revision',
      description: '`catalogChanges` can resume behind this revision, and not before it.',
      resolve: ({ compactedRevision }) => compactedRevision,
    }),
  }),
})

builder.queryField('catalogState', (t) =>
  t.field({
    type: CatalogStateRef,
    description: 'Where the catalog stands: what to follow it from.',
    resolve: (_, __, { reader }) => readCatalogState(reader),
  }),
)
