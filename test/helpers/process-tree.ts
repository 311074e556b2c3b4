import { readdirSync, readFileSync } from 'node:fs'

/** One life of a process: numbers are used again, a number and its start time are not. */
export interface ProcessRow {
  pid: number
  /** In clock ticks since the machine started. */
  startedAt: string
  /** What follows the name in `/proc/PID/stat`: state, parent, group, session … (proc(5)). */
  fields: string[]
}

/** `pid` and everything below it, parents first. Linux only: elsewhere it is empty. */
export function readProcessTree(pid: number): ProcessRow[] {
  const all = listProcesses()
  const tree = all.filter((row) => row.pid === pid)
  for (const parent of tree) tree.push(...all.filter((row) => row.fields[1] === String(parent.pid)))
  return tree
}

/** Whether this life goes on. A zombie that nobody has waited for is over. */
export function isRunning({ pid, startedAt }: ProcessRow): boolean {
  const now = readProcess(pid)
  return now !== undefined && now.startedAt === startedAt && now.fields[0] !== 'Z'
}

/** The command line, for messages. */
export function describeProcess({ pid }: ProcessRow): string {
  return `${pid}: ${readProc(`${pid}/cmdline`).replaceAll('\0', ' ').trim()}`
}

export function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return '' // it has ended between listing and reading, or this system has no /proc
  }
}

function listProcesses(): ProcessRow[] {
  let names: string[] = []
  try {
    names = readdirSync('/proc')
  } catch {
    // no /proc: nothing can be listed
  }
  return names.filter((name) => /^\d+$/.test(name)).flatMap((name) => readProcess(Number(name)) ?? [])
}

function readProcess(pid: number): ProcessRow | undefined {
  const stat = readProc(`${pid}/stat`)
  if (stat === '') return undefined
  // The name stands in brackets and may hold anything, brackets and spaces too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { pid, startedAt: fields[19]!, fields }
}
