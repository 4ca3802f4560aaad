import { once } from 'node:events'
import { lockDataDir } from '../../src/db/data-lock.ts'

// Child of data-lock.test.ts: at the moment that it is told, take the lock of a folder, say how it went, and hold it
// until standard input ends.
const [dataDir = '', mode = ''] = process.argv.slice(2)
if (mode === 'wait') {
  process.stdout.write('ready\n')
  const [at] = await once(process.stdin, 'data')
  while (Date.now() < Number(at)) {
    // Spin, so that all children go for it in the same instant.
  }
}
try {
  lockDataDir(dataDir, '/tmp/nowhere')
  process.stdout.write('taken\n')
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`)
}
process.stdin.resume()
