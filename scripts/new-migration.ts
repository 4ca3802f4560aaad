import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { readConfig } from '../src/config.ts'
import { openDatabase } from '../src/db/database.ts'
import { MIGRATIONS_DIR } from '../src/db/migrations.ts'
import { schemaDrift } from '../src/db/schema-drift.ts'

// `npm run migration -- add-reloads`: what prisma/schema.prisma has and the migrations do not yet give, as the next one.
const name = process.argv[2]
if (!name || !/^[a-z0-9-]+$/.test(name)) {
  console.error('Usage: npm run migration -- name-of-the-change')
  process.exit(2)
}
const dataDir = mkdtempSync(join(tmpdir(), 'tool-catalog-migration-'))
const database = await openDatabase(readConfig({ DATA_DIR: dataDir }))
try {
  await database.migrate()
  const sql = await schemaDrift(new PrismaPg(database.pool, { disposeExternalPool: false }))
  if (sql === '') {
    console.log('The migrations already give exactly prisma/schema.prisma.')
  } else {
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
    const folder = join(MIGRATIONS_DIR, `${stamp}_${name.replaceAll('-', '_')}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'migration.sql'), sql)
    console.log(
      `Wrote ${folder}/migration.sql. Read it, add what Prisma cannot say (checks, partial indexes), and commit it.`,
    )
  }
} finally {
  await database.close()
  rmSync(dataDir, { recursive: true, force: true })
}
