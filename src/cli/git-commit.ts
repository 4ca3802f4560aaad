import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The commit that a folder is at, and whether it holds something that is not in it; undefined outside of git. */
export async function gitCommit(folder: string): Promise<string | undefined> {
  try {
    const { stdout: commit } = await run('git', ['-C', folder, 'rev-parse', 'HEAD'])
    const { stdout: changes } = await run('git', ['-C', folder, 'status', '--porcelain', '--', '.'])
    return `${commit.trim()}${changes === '' ? '' : ' with local changes'}`
  } catch {
    return undefined
  }
}

/** The message of the change set: why, and of which commit the files are. */
export function messageWith(message: string | undefined, commit: string | undefined): string | undefined {
  if (commit === undefined) return message
  return message === undefined ? `commit ${commit}` : `${message} (commit ${commit})`
}
