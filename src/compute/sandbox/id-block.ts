import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import { formatHead, type IdRecord, parseRecord, readPlace } from './id-record.ts'
import { listUserProcesses } from './user-processes.ts'

/** Above the ranges that distributions hand out, but not ours alone: systemd-nspawn and Kubernetes use them too. */
export const FIRST_ID = 2_000_000
export const BLOCK_SIZE = 1000
const BLOCKS = 64
/** No instance has this one or one above it. */
export const END_ID = FIRST_ID + BLOCKS * BLOCK_SIZE
const FLOCK = '/usr/bin/flock'
const DIRS = ['/run/roost/user-ids', '/var/lib/roost/user-ids']

/** A thousand user IDs that no other host on this machine gives out while its lock is held. */
export interface IdBlock {
  readonly first: number
  readonly file: string
  /** It has the lock, for all who have this descriptor, until the last of them has closed it or ended. */
  readonly descriptor: number
  /** What a dead host of this boot and these namespaces gave out: end it before an ID is used. */
  readonly leftIds: readonly number[]
  /** Forgets `leftIds`, or all, once nothing runs under them any more. */
  clear(): void
  /** Before something runs under `id` for the first time. */
  record(id: number): void
  close(): void
}

export function canLockBlocks(): boolean {
  return existsSync(FLOCK)
}

/**
 * Takes the first block that is free. A block that holds processes which are not surely a dead host's is skipped, and
 * named in `notes`: nothing in it is touched (D125).
 * @param accept what is to be done before a block is ours; false: the next one is tried.
 * @throws USER_IDS_UNAVAILABLE
 */
export async function takeBlock(
  notes: string[],
  accept: (block: IdBlock) => Promise<boolean>,
  dirs: readonly string[] = DIRS,
): Promise<IdBlock> {
  const dir = prepareDir(dirs, notes)
  const skipped: string[] = []
  for (let first = FIRST_ID; first < END_ID; first += BLOCK_SIZE) {
    const file = join(dir, String(first))
    // Not through a link, although only root can make one there.
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
    const descriptor = openSync(file, flags, 0o600)
    if (!(await lock(descriptor))) {
      closeSync(descriptor)
      continue
    }
    const found = examine(first, parseRecord(readFileSync(file, 'latin1')))
    const block = typeof found === 'string' ? undefined : openBlock(first, file, descriptor, found)
    if (block !== undefined && (await accept(block).catch(closeAndThrow(descriptor)))) {
      notes.push(...skipped)
      return block
    }
    skipped.push(
      `User IDs ${first} to ${first + BLOCK_SIZE - 1} are skipped: ${block === undefined ? found : 'what a dead host left there could not be ended'} (${file}).`,
    )
    closeSync(descriptor)
  }
  throw new RoostError(
    'USER_IDS_UNAVAILABLE',
    `No block of user IDs is free for instances: ${BLOCKS - skipped.length} are taken by other hosts, ${skipped.length} hold processes or records that are not this host's. ${skipped[0] ?? ''}`.trim(),
    {
      hint: `Stop hosts that are not needed, end the processes that are named, or remove files in ${dir} that belong to no living host.`,
      details: { dir, skipped },
    },
  )
}

function closeAndThrow(descriptor: number): (error: unknown) => never {
  return (error) => {
    closeSync(descriptor)
    throw error
  }
}

/** @returns the IDs that a dead host gave out here, or why the block is not to be touched. */
function examine(first: number, record: IdRecord | undefined): number[] | string {
  const place = readPlace()
  const isHere =
    record?.place.boot === place.boot && record.place.namespaces === place.namespaces ? record : undefined
  for (const { pid, id, isNear } of listUserProcesses(first, BLOCK_SIZE)) {
    if (isHere === undefined || !isHere.ids.has(id))
      return `process ${pid} runs under ${id}, and no host has recorded that`
    if (!isNear) return `process ${pid} runs under ${id} in another namespace`
  }
  if (isHere !== undefined) return [...isHere.ids]
  // What ran before the last boot is gone. What runs in another PID namespace cannot be seen from here.
  if (record?.place.boot === place.boot && record.ids.size > 0)
    return `a host in other namespaces (${record.place.namespaces}) has given some of them out`
  return []
}

function openBlock(first: number, file: string, descriptor: number, leftIds: number[]): IdBlock {
  const recorded = new Set(leftIds)
  return {
    first,
    file,
    descriptor,
    leftIds,
    clear() {
      ftruncateSync(descriptor, 0)
      writeSync(descriptor, formatHead(readPlace()))
      recorded.clear()
    },
    record(id) {
      if (recorded.has(id)) return
      writeSync(descriptor, `${id}\n`)
      recorded.add(id)
    },
    close: () => closeSync(descriptor),
  }
}

/** Node has no flock: a process takes the lock on our descriptor, and ends; the lock is the descriptor's, not the process's. */
async function lock(descriptor: number): Promise<boolean> {
  const child = spawn(FLOCK, ['--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
    env: {},
  })
  const [code] = await once(child, 'exit')
  return code === 0
}

/** A folder that only root can enter: nobody else can hold a lock there. */
function prepareDir(dirs: readonly string[], notes: string[]): string {
  const reasons: string[] = []
  for (const dir of dirs) {
    try {
      mkdirSync(dirname(dir), { recursive: true, mode: 0o755 })
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      for (const [path, mask] of [
        [dirname(dir), 0o022],
        [dir, 0o077],
      ] as const) {
        const stat = lstatSync(path)
        if (!stat.isDirectory() || stat.uid !== 0 || (stat.mode & mask) !== 0)
          throw new Error(`${path} must be a folder of root that others cannot write`)
      }
      if (reasons.length > 0) notes.push(`The record of user IDs is in ${dir}: ${reasons.join('; ')}.`)
      return dir
    } catch (error) {
      reasons.push((error as Error).message)
    }
  }
  throw new RoostError(
    'USER_IDS_UNAVAILABLE',
    `No folder can hold the record of user IDs: ${reasons.join('; ')}.`,
    { hint: `Make ${dirs.join(' or ')} writable for root alone.`, details: { dirs } },
  )
}
