import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** What a process has used so far, and what it holds. */
export interface ProcessFigures {
  readonly cpuSeconds: number
  readonly rssBytes: number
}

/** Clock ticks a second of proc(5); Linux has had no other value for user space since 2.6. */
const TICKS = 100
const KIB = 1024

/** Figures of a process, from proc(5) or else from ps(1). @returns undefined when there is no such process */
export function readProcess(pid: number): ProcessFigures | undefined {
  try {
    if (existsSync('/proc/self/stat')) {
      return { cpuSeconds: cpuOfStat(readFileSync(`/proc/${pid}/stat`, 'utf8')), rssBytes: rssOfStatus(pid) }
    }
    return parsePs(execFileSync('ps', ['-o', 'rss=,time=', '-p', String(pid)], { encoding: 'utf8' }))
  } catch {
    return undefined
  }
}

/** Seconds in which the processors of this machine worked, of all since it started. */
export function readMachine(): { readonly busySeconds: number; readonly cores: number } {
  const cores = cpus()
  const busyMs = cores.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
  return { busySeconds: busyMs / 1_000, cores: cores.length }
}

/** User and system time of a line of /proc/<pid>/stat, in seconds. */
export function cpuOfStat(stat: string): number {
  // The second field is the command in parentheses, and may have blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [fields[11], fields[12]]
  return (Number(user) + Number(system)) / TICKS
}

function rssOfStatus(pid: number): number {
  const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes ?? 0) * KIB
}

/** A line of `ps -o rss=,time=`: KiB, and [[days-]hours:]minutes:seconds[.hundredths]. */
export function parsePs(line: string): ProcessFigures | undefined {
  const match = /^\s*(\d+)\s+(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s*$/.exec(line)
  if (!match) return undefined
  const [rss = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return { cpuSeconds: ((days * 24 + hours) * 60 + minutes) * 60 + seconds, rssBytes: rss * KIB }
}
