/** A line of `/proc/meminfo` or `/proc/PID/smaps_rollup`, in bytes; 0 when it is not there. */
export function readKilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024
}

/** An object of `/proc/sysvipc/shm`, `sem` or `msg`. */
export interface SystemVObject {
  id: number
  /** Who made it. Its owner can be anybody: the maker may give it away. */
  maker: number
  /** What of the segment is in memory. */
  bytes: number
}

/** proc_sysvipc(5): a head with the names of the columns, which differ by kind and kernel, and a row for each object. */
export function parseSystemV(text: string): SystemVObject[] {
  const [head = '', ...rows] = text.trimEnd().split('\n')
  const names = head.trim().split(/\s+/)
  const [id, maker, bytes] = [
    names.findIndex((name) => name.endsWith('id')),
    names.indexOf('cuid'),
    names.indexOf('rss'),
  ]
  return rows.map((row) => {
    const fields = row.trim().split(/\s+/).map(Number)
    return { id: fields[id!]!, maker: fields[maker!]!, bytes: fields[bytes!] ?? 0 }
  })
}

/** Mappings of memory that has no file system: `/proc/PID/map_files` has an entry of this name for each. */
export function listSharedMappings(maps: string): string[] {
  const found: string[] = []
  for (const [, range] of maps.matchAll(SHARED_MAPPING)) found.push(range!.replace(/\b0+(?=[\da-f])/g, ''))
  return found
}

/** System V segments, `/SYSV…`, are counted where their list is. */
const SHARED_MAPPING = /^([\da-f]+-[\da-f]+) ...s \S+ \S+ \d+ +(?:\/memfd:|\/dev\/zero \(deleted\)$)/gm
