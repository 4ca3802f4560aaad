import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderResults, withTargets } from './bench/markdown.ts'
import { readOptions, USAGE, UsageError } from './bench/options.ts'
import { InterruptedError, runBench } from './bench/run.ts'

// `npm run bench`: our server and its peers on the same data, in one run. The way there is told on standard error.
// Each server that is running listens for the end of this process.
process.setMaxListeners(50)
process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args)
    if (options === 'help') {
      console.log(USAGE)
      return 0
    }
    const server = process.env.DATABASE_URL
    if (!server)
      throw new UsageError('Set DATABASE_URL to a PostgreSQL server; databases are created on it and dropped again')
    const results = await runBench({ options, server, say: (line) => console.error(line) })
    const page = renderResults(results)
    console.log(page)
    if (options.out !== undefined) {
      mkdirSync(options.out, { recursive: true })
      writeFileSync(join(options.out, 'RESULTS.md'), page)
      writeFileSync(join(options.out, 'results.json'), `${JSON.stringify(results, null, 2)}\n`)
      const readme = join(options.out, 'README.md')
      if (existsSync(readme)) writeFileSync(readme, withTargets(readFileSync(readme, 'utf8'), results))
      console.error(`written: ${join(options.out, 'RESULTS.md')}, ${join(options.out, 'results.json')}`)
    }
    return results.nodes.some(hasDifferences) ? 1 : 0
  } catch (error) {
    if (error instanceof InterruptedError) {
      console.error(error.message)
      // What was running is still waiting for an answer.
      process.exit(130)
    }
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n\n${USAGE}`)
    return 2
  }
}

function hasDifferences({
  sizes,
}: {
  sizes: readonly { comparisons: readonly { differences: readonly unknown[] }[] }[]
}) {
  return sizes.some(({ comparisons }) => comparisons.some(({ differences }) => differences.length > 0))
}
