import { writeFileSync } from 'node:fs'
import { artifacts } from './artifacts.ts'

// `npm run generate`: write every committed file that is made from the code.
for (const { file, content } of artifacts) writeFileSync(file, content())
