import { spawn } from 'node:child_process'

// Run a command on a terminal of its own (util-linux' script), and answer its question.
const [, , command, answer] = process.argv
const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
child.stdout.setEncoding('utf8').on('data', (chunk) => {
  process.stdout.write(chunk)
  if (chunk.includes('Type yes')) child.stdin.write(`${answer}\n`)
})
// Not `exit`, at which its last words may still be on their way.
child.on('close', (code) => process.exit(code ?? 1))
