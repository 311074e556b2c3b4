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
