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
const code = await runCli(process.argv)
// Everything printed has left; nothing that is still closing (a socket, a timer of a library) is worth waiting for.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
