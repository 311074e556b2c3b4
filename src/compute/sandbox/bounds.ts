import type { ProcessBounds } from '../process/index.ts'
import type { Controller } from './cgroup-place.ts'
import { openCgroupTree } from './cgroup-tree.ts'

/** What bounds instances from outside, whatever profile they run in. */
export interface Bounds {
  /** For the operator at start. */
  readonly text: string
  readonly limitsProcesses: boolean
  readonly limitsMemory: boolean
  /** For one instance, which gives it up; undefined where the kernel bounds nothing. @throws when it refuses. */
  makeLeaf(memoryMb: number): ProcessBounds | undefined
  close(): Promise<void>
}

const WATCHED = 'the memory of each instance is checked twice a second'

/** Limits by cgroup v2 where the host lets us, otherwise Roost's own watch alone. */
export async function openBounds(): Promise<Bounds> {
  const tree = await openCgroupTree()
  if (typeof tree === 'string')
    return {
      text: `cgroup limits are not used: ${tree}. ${WATCHED[0]!.toUpperCase()}${WATCHED.slice(1)}`,
      limitsProcesses: false,
      limitsMemory: false,
      makeLeaf: () => undefined,
      close: () => Promise.resolve(),
    }
  const names = tree.controllers.map((name) => NAMES[name]).join(', ')
  return {
    text: `The kernel (cgroup v2) limits for each instance: ${names}. In addition, ${WATCHED}`,
    limitsProcesses: tree.controllers.includes('pids'),
    limitsMemory: tree.controllers.includes('memory'),
    makeLeaf: tree.makeLeaf,
    close: () => tree.close(),
  }
}

const NAMES: Record<Controller, string> = {
  memory: 'memory',
  pids: 'number of processes',
  cpu: 'share of the processor',
}

/** Takes a user ID and a leaf for one process, or neither. */
export function takeBoth<Id>(
  ids: { take(): Id; release(id: Id): void } | undefined,
  makeLeaf: () => ProcessBounds | undefined,
): [Id | undefined, ProcessBounds | undefined] {
  const id = ids?.take()
  try {
    return [id, makeLeaf()]
  } catch (error) {
    if (id !== undefined) ids?.release(id)
    throw error
  }
}
