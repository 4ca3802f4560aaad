import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'

/** No table and no enum is managed by anyone but us. */
export const NO_FILTERS = { externalTables: [], externalEnums: [] }

interface WasmExports {
  __wbindgen_start(): void
}

// Part of every Node.js, but only in TypeScript's DOM library.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ readonly instance: { readonly exports: object } }>
}

let loaded: ReturnType<typeof load> | undefined

/**
 * Prisma's schema engine, as WebAssembly: the same engine that `prisma migrate` downloads as a native program, which a
 * machine with nothing but npm packages cannot do.
 * @param datamodel text of schema.prisma, where the work needs it
 */
export async function withSchemaEngine<T>(
  factory: SqlMigrationAwareDriverAdapterFactory,
  datamodel: { path: string; text: string } | undefined,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loaded ??= load()
  const { runtime, bindMigrationAwareSqlAdapterFactory } = await loaded
  const datamodels: [string, string][] | undefined = datamodel && [[datamodel.path, datamodel.text]]
  const engine = await runtime.SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(factory))
  try {
    return await work(engine)
  } finally {
    engine.free()
  }
}

/** Only now: most processes never need it. */
async function load() {
  const { bindMigrationAwareSqlAdapterFactory } = await import('@prisma/driver-adapter-utils')
  const runtime = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const path = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/\.js$/, '.wasm')
  const { instance } = await WebAssembly.instantiate(await readFile(path), { './schema_engine_bg.js': runtime })
  // wasm-bindgen's generated glue exports both functions, and leaves them out of its types.
  const glue = runtime as unknown as { __wbg_set_wasm(exports: object): void }
  glue.__wbg_set_wasm(instance.exports)
  const exports = instance.exports as WasmExports
  exports.__wbindgen_start()
  return { runtime, bindMigrationAwareSqlAdapterFactory }
}
