import { defineConfig } from 'prisma/config'

// `prisma generate` looks for a native schema engine although it does not use it. Any executable file satisfies it.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

export default defineConfig({ schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations' } })
