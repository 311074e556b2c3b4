import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { END_ID, FIRST_ID } from '../../src/compute/sandbox/id-block.ts'
import { listUserProcesses } from '../../src/compute/sandbox/user-processes.ts'
import { readVitals, type Vitals } from '../helpers/host-vitals.ts'
import { isRunning, readProcessTree } from '../helpers/process-tree.ts'
import { waitFor } from '../helpers/wait.ts'
import type { Stage } from './stage.ts'

/** What a host and its functions take of the machine. */
export interface Footprint extends Vitals {
  /** Processes of the users that instances run as, whoever their parent is. */
  userProcesses: number
  /** Files of those users in the folders that everybody may write to. */
  userFiles: number
  /** System V segments, semaphores and queues of the machine. */
  ipcObjects: number
  /** What the host keeps of instances that live. */
  scratchFolders: number
  blobsMb: number
}

const MIB = 1024 * 1024

/** Waits until the host is at rest, idle instances evicted, and measures. @param processes how many have to be left. */
export async function measureAtRest(stage: Stage, processes?: number): Promise<Footprint> {
  let last = -1
  let sameSince = performance.now()
  await waitFor(
    `the host to be at rest${processes === undefined ? '' : ` with ${processes} processes`}`,
    () => {
      const now = readProcessTree(stage.roost.pid).filter(isRunning).length
      if (now !== last) sameSince = performance.now()
      last = now
      return performance.now() - sameSince > 3000 && (processes === undefined || now === processes)
    },
    60_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${last} are there`)
  })
  return {
    ...(await readVitals(stage.roost)),
    // Without zombies: those are over, and the machine's first process takes notice when it does.
    userProcesses: listUserProcesses(FIRST_ID, END_ID - FIRST_ID).length,
    userFiles: [tmpdir(), '/tmp', '/var/tmp', '/dev/shm'].reduce((sum, dir) => sum + countUserFiles(dir), 0),
    ipcObjects: ['shm', 'sem', 'msg'].reduce((sum, kind) => sum + readLines(`/proc/sysvipc/${kind}`), 0),
    scratchFolders: readdirSync(join(stage.dataDir, 'instances'), { recursive: true }).length,
    blobsMb: measureFolder(join(stage.dataDir, 'blobs')) / MIB,
  }
}

/** A thread that a host starts when it is needed ends after half a minute without work, and takes its descriptors along. */
const RETURN_MS = 60_000

/** Measures until everything is back at what it was, or has had the time for it. */
export async function measureReturned(stage: Stage, before: Footprint): Promise<Footprint> {
  const endMs = performance.now() + RETURN_MS
  for (;;) {
    const now = await measureAtRest(stage, before.processes)
    if (findLeftovers(before, now).length === 0 || performance.now() > endMs) return now
  }
}

/** What may differ: V8 keeps what it may need again, and what was used once stays loaded. */
const ALLOWED: Partial<Record<keyof Footprint, number>> = {
  heapMb: 8,
  buffersMb: 8,
  residentMb: 120,
  descriptors: 4,
  resources: 4,
}
/** Kept on purpose. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['blobsMb'])

/** @returns what has not returned to what it was, in words. */
export function findLeftovers(before: Footprint, after: Footprint): string[] {
  return (Object.keys(before) as (keyof Footprint)[]).flatMap((name) => {
    if (NOT_COMPARED.has(name) || after[name] <= before[name] + (ALLOWED[name] ?? 0)) return []
    return [`${name}: ${round(before[name])} before, ${round(after[name])} after`]
  })
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function countUserFiles(dir: string): number {
  try {
    return readdirSync(dir).filter((name) =>
      isUser(lstatSync(join(dir, name), { throwIfNoEntry: false })?.uid ?? 0),
    ).length
  } catch {
    return 0 // no such folder here
  }
}

function isUser(uid: number): boolean {
  return uid >= FIRST_ID && uid < END_ID
}

function readLines(path: string): number {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').length
  } catch {
    return 0 // a kernel without it
  }
}

/** As the file system counts it. */
function measureFolder(dir: string): number {
  let bytes = 0
  try {
    for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true }))
      bytes += (lstatSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.blocks ?? 0) * 512
  } catch {
    // nothing has been stored
  }
  return bytes
}
