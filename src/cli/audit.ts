import type { Command } from 'commander'
import { verifyChain } from '../changes/verify.ts'
import { EXIT } from './exit-code.ts'
import { plural } from './plural.ts'
import { createPrinter, type OutputOptions } from './printer.ts'
import { withDatabase } from './with-database.ts'

/** `tool-catalog audit`: whether the history is as it was written. */
export function addAuditCommand(program: Command, setExit: (code: number) => void): void {
  const audit = program
    .command('audit')
    .description('Check the history')
    .addHelpText('after', '\nExamples:\n  tool-catalog audit verify')
  audit
    .command('verify')
    .description('Recompute the hash chain of all change sets, and name the first one that was tampered with')
    .addHelpText('after', '\nExamples:\n  tool-catalog audit verify\n  tool-catalog audit verify --json')
    .action(async (options: OutputOptions) => setExit(await verify(options)))
}

async function verify(options: OutputOptions): Promise<number> {
  const printer = createPrinter(options)
  const { json, print, printJson, paint } = printer
  const verifying = printer.progress('Verifying')
  const report = await withDatabase(printer, (database) =>
    verifyChain(database, (done, total) => verifying.update(done, total)),
  ).finally(() => verifying.end())
  const { verified, unchained, compacted, firstBad, headHash } = report
  if (json) printJson({ ok: !firstBad, ...report })
  else if (firstBad) print(`${paint.red(`Revision ${firstBad.revision} is bad`)}: ${firstBad.reason}`)
  else {
    const rest = [
      ...(unchained > 0 ? [`${unchained} older than the chain`] : []),
      ...(compacted > 0 ? [`${compacted} compacted, of which only the hashes are left`] : []),
    ]
    print(
      `${[plural(verified, 'revision'), ...rest].join(', ')}: the history is as it was written\nHead of the chain: ${headHash}`,
    )
  }
  return firstBad ? EXIT.failure : EXIT.ok
}
