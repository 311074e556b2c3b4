import { readFileSync } from 'node:fs'

/** Linux reports memory in pages of this size on x64; arm64 kernels built for Debian use the same. */
const PAGE_BYTES = 4096

/**
 * Private resident memory of a process and its descendants, in bytes: what they hold beyond files that are shared
 * with every other instance. Undefined when it cannot be read (not Linux, or the process is gone).
 */
export function readTreeMemory(pid: number): number | undefined {
  const own = readPrivateBytes(pid)
  if (own === undefined) return undefined
  let sum = own
  for (const child of readChildren(pid)) sum += readTreeMemory(child) ?? 0
  return sum
}

function readPrivateBytes(pid: number): number | undefined {
  try {
    const [, resident, shared] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ').map(Number)
    return (resident! - shared!) * PAGE_BYTES
  } catch {
    return undefined // ended meanwhile
  }
}

function readChildren(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number)
  } catch {
    return [] // ended meanwhile, or a kernel without this file: then the process alone is counted
  }
}
