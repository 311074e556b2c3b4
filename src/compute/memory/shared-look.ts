import {
  lstatSync,
  opendirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { listSharedMappings, parseSystemV, readKilobytes } from './parse.ts'

/** An instance to look at: its processes, and its user ID where it has one of its own on this machine. */
export interface LookAt {
  pid: number
  processes: readonly number[]
  user: number | undefined
}

/** What there is of it, each object counted once, whether it is mapped or not. */
export interface Shared {
  pid: number
  /** Mapped shared memory, a page divided by all that map it; what cannot be read counts as whole. */
  mappedBytes: number
  /** Objects of memory without a file system, and what the user of the instance has in /dev/shm and System V. */
  objectBytes: number
  /** Files and folders in the machine's /dev/shm. */
  files: number
}

/** Descriptors of one instance that are looked at: hostile ones can have millions. */
const MAX_DESCRIPTORS = 50_000
/** Files of the machine's /dev/shm that are looked at. */
const MAX_FILES = 500_000

/**
 * Looks for shared memory that no file system of an instance's own holds. It takes from a tenth of a millisecond to
 * seconds, which the instances decide: not for the event loop.
 */
export function lookAtShared(instances: readonly LookAt[]): Shared[] {
  const hasUsers = instances.some(({ user }) => user !== undefined)
  const byUser = hasUsers ? listByUser() : new Map<number, UserHolding>()
  return instances.map(({ pid, processes, user }) => {
    const objects = new Map<string, number>()
    const own = user === undefined ? undefined : byUser.get(user)
    let [mappedBytes, left] = [0, MAX_DESCRIPTORS]
    for (const process of processes) {
      mappedBytes += readMapped(process)
      left -= addDescriptors(process, user !== undefined, left, objects)
      addMappings(process, objects)
    }
    // A file that is listed and open is one.
    for (const [inode, bytes] of own?.inodes ?? []) objects.set(inode, bytes)
    let objectBytes = own?.segmentBytes ?? 0
    for (const bytes of objects.values()) objectBytes += bytes
    return { pid, mappedBytes, objectBytes, files: own?.inodes.size ?? 0 }
  })
}

function readMapped(pid: number): number {
  const bytes = readKilobytes(read(`/proc/${pid}/status`), 'RssShmem')
  if (bytes === 0) return 0
  const exact = read(`/proc/${pid}/smaps_rollup`) // before Linux 5.4 without this line
  return exact.includes('Pss_Shmem:') ? readKilobytes(exact, 'Pss_Shmem') : bytes
}

/** memfd, and files of the machine's /dev/shm whose names are gone. @returns how many descriptors it looked at. */
function addDescriptors(
  pid: number,
  sharesMachine: boolean,
  max: number,
  objects: Map<string, number>,
): number {
  const names = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []
  for (const name of names.slice(0, Math.max(0, max))) {
    const path = `/proc/${pid}/fd/${name}`
    const target = attempt(() => readlinkSync(path)) ?? ''
    if (target.startsWith('/memfd:') || (sharesMachine && target.startsWith('/dev/shm/')))
      addObject(path, objects)
  }
  return names.length
}

/** What is mapped and open nowhere: only root may ask how much of it there is. */
function addMappings(pid: number, objects: Map<string, number>): void {
  if (process.getuid?.() !== 0) return
  for (const range of listSharedMappings(read(`/proc/${pid}/maps`)))
    addObject(`/proc/${pid}/map_files/${range}`, objects)
}

function addObject(path: string, objects: Map<string, number>): void {
  const stats = attempt(() => statSync(path))
  if (stats !== undefined) objects.set(toKey(stats), toBytes(stats))
}

interface UserHolding {
  /** What is in /dev/shm. */
  inodes: Map<string, number>
  segmentBytes: number
}

function listByUser(): Map<number, UserHolding> {
  const users = new Map<number, UserHolding>()
  const at = (user: number): UserHolding => {
    const holding = users.get(user) ?? { inodes: new Map(), segmentBytes: 0 }
    users.set(user, holding)
    return holding
  }
  for (const { maker, bytes } of parseSystemV(read('/proc/sysvipc/shm'))) at(maker).segmentBytes += bytes
  let left = MAX_FILES
  const folders = ['/dev/shm']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    attempt(() => {
      using entries = opendirSync(folder)
      for (let entry = entries.readSync(); entry !== null && left-- > 0; entry = entries.readSync()) {
        const path = join(folder, entry.name)
        const stats = attempt(() => lstatSync(path))
        if (entry.isDirectory()) folders.push(path)
        if (stats !== undefined) at(stats.uid).inodes.set(toKey(stats), toBytes(stats))
      }
    })
  return users
}

function toKey({ dev, ino }: Stats): string {
  return `${dev}:${ino}`
}

function toBytes({ blocks }: Stats): number {
  return blocks * 512 // stat(2): in units of 512 bytes
}

function read(path: string): string {
  return attempt(() => readFileSync(path, 'latin1')) ?? ''
}

/** Processes and files go while they are looked at, and some are not ours to see. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
