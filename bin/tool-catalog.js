#!/usr/bin/env node
import { existsSync } from 'node:fs'

const built = new URL('../dist/cli/tool-catalog.js', import.meta.url)
if (!existsSync(built)) {
  process.stderr.write('tool-catalog is not built yet. Run: npm run build\n')
  process.exit(1)
}
// A reader that goes away (`| head`) is no error.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1))
const { runCli } = await import(built.href)
process.exitCode = await runCli(process.argv)
