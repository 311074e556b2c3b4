import { readdirSync, readFileSync } from 'node:fs'

/** Kernel clock ticks a second: fixed at 100 on x64 and arm64 (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100

/**
 * User and system time of `pid` and everything below it, in microseconds. Children that have ended count too: what
 * they used is in the `cutime` and `cstime` of the parent that waited for them.
 */
export function readTreeCpuMicros(pid: number): number {
  let ticks = 0
  for (const { fields } of readTree(pid)) {
    // Fields after the name, counted from `state`: utime, stime, cutime, cstime are the 12th to 15th.
    ticks += Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])
  }
  return (ticks / TICKS_PER_SECOND) * 1e6
}

/** Proportional set size of `pid` and everything below it: shared pages are counted once, in shares. */
export function readTreePssMb(pid: number): number {
  let kilobytes = 0
  for (const { pid: member } of readTree(pid)) {
    const rollup = readProc(`${member}/smaps_rollup`)
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
  }
  return kilobytes / 1024
}

interface ProcessRow {
  pid: number
  fields: string[]
}

function readTree(root: number): ProcessRow[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((row) => row !== undefined)
  const tree = all.filter((row) => row.pid === root)
  for (const parent of tree) tree.push(...all.filter((row) => row.fields[1] === String(parent.pid)))
  return tree
}

function readStat(pid: number): ProcessRow | undefined {
  const stat = readProc(`${pid}/stat`)
  // The name stands in brackets and may hold anything, brackets and spaces too.
  return stat === '' ? undefined : { pid, fields: stat.slice(stat.lastIndexOf(')') + 2).split(' ') }
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return '' // it has ended between listing and reading
  }
}
