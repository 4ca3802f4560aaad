import { userInfo } from 'node:os'

/** Who runs the command, as the history names them: by number where the user has no name, as in many containers. */
export function operator(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    return `cli:${process.getuid?.() ?? 'unknown'}`
  }
}
