import type { ProcessTable } from '../process/index.ts'
import { NO_TMPFS, readOwnTmpfs } from './own-tmpfs.ts'
import type { LookAt } from './shared-look.ts'
import { SharedLooker } from './shared-looker.ts'

/** What an instance takes. */
export interface MemoryUse {
  /** Private memory of its processes and shared memory, an object once. */
  bytes: number
  /** At least so much: of what may be counted twice, or has not been looked at just now, the part that is certain. */
  certainBytes: number
  /** In a `/tmp` of its own, beside `bytes`. */
  tmpBytes: number
  /** In file systems in memory. */
  files: number
}

/**
 * How much memory instances take. A page that several processes share is in the figures of each, and a file in memory
 * has no process; so there are two ways to count shared memory, by what is mapped and by what there is. The larger one
 * counts: their sum would count a mapped file twice.
 */
export class MemoryWatch {
  readonly #processes: ProcessTable
  readonly #looker = new SharedLooker()

  constructor(processes: ProcessTable) {
    this.#processes = processes
  }

  /** Call it before each round. */
  beginRound(pids: () => number[]): void {
    void this.#processes.refresh()
    this.#looker.update(performance.now(), () => this.#describe(pids()))
  }

  /** 40 µs. Undefined when it cannot be read (not Linux, or the process is gone). */
  read(pid: number): MemoryUse | undefined {
    const held = this.#processes.readMemory(pid)
    if (held === undefined) return undefined
    // With a user ID of its own on this machine nothing stands around it: it has what everybody has, or has mounted it.
    const isBehindBubblewrap = this.#processes.readOwnUser(pid) === undefined
    const { tmpBytes, shmBytes, files } = isBehindBubblewrap
      ? readOwnTmpfs(this.#processes.list(pid)[1])
      : NO_TMPFS
    const { shared, isFresh } = this.#looker.find(pid, performance.now())
    const mappedBytes = isFresh ? shared!.mappedBytes : held.sharedBytes
    // Files of /tmp that are mapped are resident, and yet have their allowance.
    const count = (mapped: number, objects: number): number =>
      held.privateBytes + Math.max(mapped - tmpBytes, shmBytes + objects)
    const bytes = count(mappedBytes, shared?.objectBytes ?? 0)
    return {
      bytes,
      certainBytes: isFresh ? bytes : count(held.largestSharedBytes, 0),
      tmpBytes,
      files: files + (shared?.files ?? 0),
    }
  }

  /** Makes what is not certain about them so, until the next round. */
  lookAt(pids: () => number[]): void {
    this.#looker.look(performance.now(), this.#describe(pids()))
  }

  readCpuMs(pid: number): number {
    return this.#processes.readCpuMs(pid)
  }

  close(): void {
    this.#looker.close()
  }

  #describe(pids: number[]): LookAt[] {
    return pids.map((pid) => ({
      pid,
      processes: this.#processes.list(pid),
      user: this.#processes.readOwnUser(pid),
    }))
  }
}
