import { readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'

/** Linux tells processor time in hundredths of a second, whatever its own tick is. */
const TICK_MS = 10
/** Processes that one refresh adds and one look reads, at 20 µs each: a fork bomb must not keep the host's event loop. */
const MAX_NEW = 100
const MAX_READ = 256
/** Nobody's that we have started. */
const STRANGER = 0

export interface ResidentMemory {
  privateBytes: number
  /** Mapped memory that processes can share: files in file systems in memory, memfd, System V. A page counts for each that maps it. */
  sharedBytes: number
  /** The shared memory of the process that has most of it: all together have at least as much. */
  largestSharedBytes: number
}

/**
 * Which processes belong to which instance. A process is looked up once in its life, at its first refresh, and keeps its
 * place when its parent ends: it belongs to whom its parent does, whichever thread of it forked, or to the instance in whose session
 * or as whose user it runs. That catches all but what leaves its session and loses its parent between two refreshes
 * without a namespace or user ID of its own; a cgroup, where there is one, bounds that too.
 */
export class ProcessTable {
  /** Process → the child of ours that it comes from. */
  readonly #origins = new Map<number, number>()
  readonly #members = new Map<number, Set<number>>()
  #isRefreshing = false

  /** Costs one listing of `/proc` in another thread, and a look at what is new in it. Never rejects. */
  async refresh(): Promise<void> {
    if (this.#isRefreshing) return
    this.#isRefreshing = true
    const names = await readdir('/proc').catch(() => []) // not Linux: processes are counted alone
    this.#isRefreshing = false
    const alive = new Set(names.map(Number).filter((pid) => pid > 0))
    for (const pid of this.#origins.keys()) if (!alive.has(pid)) this.#forget(pid)
    const unknown = [...alive].filter((pid) => !this.#origins.has(pid))
    const users = lazily(() => this.#listUsers())
    // The newest first: on a machine of thousands those of others can wait.
    for (const pid of sortByAge(unknown).slice(0, MAX_NEW)) this.#place(pid, users)
  }

  /**
   * Resident memory of an instance: what its processes hold beyond files that are shared with every other instance.
   * Undefined when it cannot be read (not Linux, or the process is gone).
   */
  readMemory(pid: number): ResidentMemory | undefined {
    const sum = readResident(pid)
    if (sum === undefined) return undefined
    for (const member of this.list(pid).slice(1)) {
      const resident = readResident(member)
      if (resident === undefined) continue
      sum.privateBytes += resident.privateBytes
      sum.sharedBytes += resident.sharedBytes
      sum.largestSharedBytes = Math.max(sum.largestSharedBytes, resident.largestSharedBytes)
    }
    return sum
  }

  /** An instance's processes, so many as are looked at: its first one, then what that has started. */
  list(pid: number): number[] {
    const all = [pid]
    for (const member of this.#members.get(pid) ?? [])
      if (member !== pid && all.length <= MAX_READ) all.push(member)
    return all
  }

  /** The user ID that the instance has for itself on this machine. */
  readOwnUser(pid: number): number | undefined {
    if (process.getuid?.() !== 0) return undefined // all processes have our user ID, or one inside a user namespace
    // The owner of `/proc/PID` is root for a process that forbids to be read.
    const user = Number(/^Uid:\s+(\d+)/m.exec(readProc(`${pid}/status`) ?? '')?.[1] ?? 0)
    return user === 0 ? undefined : user
  }

  /** Processor time that an instance's processes have used, user and system, in ms. What has ended counts with its parent. */
  readCpuMs(pid: number): number {
    let sum = readStat(pid)?.cpuMs ?? 0
    for (const member of this.list(pid).slice(1)) sum += readStat(member)?.cpuMs ?? 0
    return sum
  }

  /** @returns its origin; undefined when it has ended meanwhile. */
  #place(pid: number, users: () => ReadonlyMap<number, number>): number | undefined {
    const known = this.#origins.get(pid)
    if (known !== undefined) return known
    const stat = readStat(pid)
    if (stat === undefined) return undefined
    const origin = stat.parent === process.pid ? pid : this.#findOrigin(pid, stat, users)
    this.#origins.set(pid, origin)
    if (origin === STRANGER) return origin
    const members = this.#members.get(origin) ?? new Set()
    this.#members.set(origin, members.add(pid))
    return origin
  }

  #findOrigin(
    pid: number,
    { parent, session }: { parent: number; session: number },
    users: () => ReadonlyMap<number, number>,
  ): number {
    const inherited = parent > 1 && parent !== pid ? this.#place(parent, users) : undefined
    if (inherited !== undefined && inherited !== STRANGER) return inherited
    const led = session > 1 && session !== pid ? this.#place(session, users) : undefined
    if (led !== undefined && led !== STRANGER) return led
    const user = readUser(pid)
    return (user === undefined ? undefined : users().get(user)) ?? STRANGER
  }

  /** The users that instances have for themselves. */
  #listUsers(): Map<number, number> {
    const users = new Map<number, number>()
    for (const origin of this.#members.keys()) {
      const user = readUser(origin)
      if (user !== undefined && user !== process.getuid?.()) users.set(user, origin)
    }
    return users
  }

  #forget(pid: number): void {
    const origin = this.#origins.get(pid)!
    this.#origins.delete(pid)
    const members = this.#members.get(origin)
    members?.delete(pid)
    if (members?.size === 0) this.#members.delete(origin)
  }
}

/** The youngest first. Numbers are given out in turn and begin anew: above the last one are the oldest. */
function sortByAge(pids: number[]): number[] {
  const last = Number(readProc('loadavg')?.trim().split(' ').at(-1)) // proc_loadavg(5)
  return pids.toSorted((a, b) => (a > last === b > last ? b - a : a > last ? 1 : -1))
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

/** proc_pid_status(5). 14 µs, 2 more than `statm`, which does not tell shared memory from files. */
function readResident(pid: number): ResidentMemory | undefined {
  const status = readProc(`${pid}/status`)
  if (status === undefined) return undefined
  // One byte read in each 2 MB of a mapping takes nothing but a page table for each; what is swapped out is held as well.
  const privateBytes = readLine(status, 'RssAnon') + readLine(status, 'VmSwap') + readLine(status, 'VmPTE')
  const sharedBytes = readLine(status, 'RssShmem')
  return { privateBytes, sharedBytes, largestSharedBytes: sharedBytes }
}

/** A process that is about to end has no such line any more. */
function readLine(status: string, name: string): number {
  const at = status.indexOf(`\n${name}:`)
  return at === -1 ? 0 : Number.parseInt(status.slice(at + name.length + 2), 10) * 1024
}

interface Stat {
  parent: number
  session: number
  cpuMs: number
}

function readStat(pid: number): Stat | undefined {
  const stat = readProc(`${pid}/stat`)
  // The name stands in brackets and may hold anything, brackets and spaces too.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields === undefined) return undefined
  // utime, stime, and both of the children it has waited for, in ticks (proc_pid_stat(5)).
  const ticks = Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])
  return { parent: Number(fields[1]), session: Number(fields[3]), cpuMs: ticks * TICK_MS }
}

function readUser(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid
}

function readProc(name: string): string | undefined {
  try {
    return readFileSync(`/proc/${name}`, 'latin1')
  } catch {
    return undefined // ended meanwhile
  }
}
