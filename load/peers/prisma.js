import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './node_modules/.generated/dist/prisma/client.js'

/** One client for the process, its pool as large as every contestant's. */
export function createPrisma() {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL, max: 10 }) })
}
