import type { Command } from 'commander'
import { verifyChain } from '../changes/verify.ts'
import { EXIT } from './exit-code.ts'
import { ProgressLine } from './progress-line.ts'
import { plural } from './validate.ts'
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
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  tool-catalog audit verify\n  tool-catalog audit verify --json')
    .action(async (options: { json?: boolean }) => setExit(await verify(options)))
}

async function verify({ json }: { readonly json?: boolean }): Promise<number> {
  const progress = new ProgressLine('Verifying', process.stderr)
  const report = await withDatabase((database) =>
    verifyChain(database, (done, total) => total > 1_000 && progress.update(done, total)),
  ).finally(() => progress.end())
  const { verified, unchained, compacted, firstBad, headHash } = report
  if (json) process.stdout.write(`${JSON.stringify({ ok: !firstBad, ...report }, null, 2)}\n`)
  else if (firstBad) process.stdout.write(`Revision ${firstBad.revision} is bad: ${firstBad.reason}\n`)
  else {
    const rest = [
      ...(unchained > 0 ? [`${unchained} older than the chain`] : []),
      ...(compacted > 0 ? [`${compacted} compacted, of which only the hashes are left`] : []),
    ]
    process.stdout.write(
      `${[plural(verified, 'revision'), ...rest].join(', ')}: the history is as it was written\nHead of the chain: ${headHash}\n`,
    )
  }
  return firstBad ? EXIT.failure : EXIT.ok
}
