import type { Panel } from '../panel.ts'
import { cache } from './cache.ts'
import { changes } from './changes.ts'
import { database } from './database.ts'
import { overview } from './overview.ts'
import { requests } from './requests.ts'
import { runtime } from './runtime.ts'

/** The dashboard from top to bottom: is it well, what is asked, and then one part of the server after the other. */
export const rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[] = [
  { title: 'Overview', panels: overview },
  { title: 'Requests', panels: requests },
  { title: 'Cache', panels: cache },
  { title: 'Database', panels: database },
  { title: 'Changes, reloads and subscribers', panels: changes },
  { title: 'Runtime', panels: runtime },
]
