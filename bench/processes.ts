import { readProc, readProcessTree } from '../test/helpers/process-tree.ts'

/** Kernel clock ticks a second: fixed at 100 on x64 and arm64 (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100

/**
 * User and system time of `pid` and everything below it, in microseconds. Children that have ended count too: what
 * they used is in the `cutime` and `cstime` of the parent that waited for them.
 */
export function readTreeCpuMicros(pid: number): number {
  let ticks = 0
  // Counted from `state`, utime, stime, cutime and cstime are the fields 11 to 14.
  for (const { fields } of readProcessTree(pid))
    for (const field of fields.slice(11, 15)) ticks += Number(field)
  return (ticks / TICKS_PER_SECOND) * 1e6
}

/** Proportional set size of `pid` and everything below it: shared pages are counted once, in shares. */
export function readTreePssMb(pid: number): number {
  let kilobytes = 0
  for (const member of readProcessTree(pid))
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readProc(`${member.pid}/smaps_rollup`))?.[1] ?? 0)
  return kilobytes / 1024
}

/** Memory that is one process's alone, in MB: what ending it would give back. */
export function readPrivateMb(pid: number): number {
  const text = readProc(`${pid}/smaps_rollup`)
  let kilobytes = 0
  for (const [, value] of text.matchAll(/^Private_\w+:\s+(\d+)/gm)) kilobytes += Number(value)
  return kilobytes / 1024
}

/** The Node processes of functions below `pid`, blanks included: leaves of the tree that run the runtime. */
export function findInstances(pid: number): number[] {
  const tree = readProcessTree(pid)
  const parents = new Set(tree.map(({ fields }) => Number(fields[1])))
  return tree
    .filter((row) => row.pid !== pid && !parents.has(row.pid))
    .map((row) => row.pid)
    .filter((leaf) => readProc(`${leaf}/cmdline`).includes('runtime'))
}
