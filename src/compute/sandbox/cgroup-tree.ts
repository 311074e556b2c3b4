import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessBounds } from '../process/index.ts'
import {
  type CgroupPlace,
  type CgroupWorld,
  type Controller,
  findCgroupPlace,
  readPids,
  THIS_MACHINE,
} from './cgroup-place.ts'
import { MAX_PROCESSES, TMP_BYTES } from './instance-sizes.ts'

/**
 * The cgroups of one host:
 *
 *   PLACE/               the group this process was started in; its controllers are enabled for what is below
 *     roost-PID/         all of this host
 *       host/            the host and what it starts beside instances: a group that hands on controllers holds no process
 *       i-XXXXXX/        one instance each, known to it or not: a blank has its leaf before its function
 *
 * A tree whose `host` is empty is a dead host's; the next one takes it away, and kills what is left in it.
 */
export interface CgroupTree {
  readonly controllers: readonly Controller[]
  /** A leaf for one instance, its bounds set. @throws when the kernel refuses: it could not be bounded then. */
  makeLeaf(memoryMb: number): ProcessBounds
  /** Call when all instances have ended. Puts the host back where it was, if nobody minds. */
  close(): Promise<void>
}

/** What an instance takes beside its function's memory: the kernel's part (page tables, sockets, stacks), bubblewrap. */
const OVERHEAD_BYTES = 64 * 1024 * 1024
const MIB = 1024 * 1024
/** Bubblewrap stands before an instance with two processes. */
const PROCESSES_BESIDE = 4
/** An instance has 100. Who takes requests and ends instances must not wait for them. */
const HOST_WEIGHT = '1000'
/** A killed process takes its time to let go of its group. */
const REMOVE_RETRY_MS = 20
const REMOVE_RETRIES = 250
/**
 * A process that is moved after its start may have forked before: it enters its leaf itself, before it becomes what
 * it is to run. It fails when it cannot, and then nothing runs. The shell leaves no variable behind.
 */
const ENTER = 'echo $$ > "$0" && unset PWD OLDPWD SHLVL _ && exec "$@"'

/** @returns why not, where this machine or its operator does not let us. */
export async function openCgroupTree(world: CgroupWorld = THIS_MACHINE): Promise<CgroupTree | string> {
  const place = findCgroupPlace(world)
  if (typeof place === 'string') return place
  await removeDeadTrees(place.dir)
  const root = join(place.dir, `roost-${world.pid}`)
  const host = join(root, 'host')
  try {
    mkdirSync(host, { recursive: true })
    divide(place, root, host)
  } catch (error) {
    await leave(place, root, host)
    return `the kernel refused: ${(error as Error).message}`
  }
  const removals = new Set<Promise<boolean>>()
  const { controllers } = place
  return {
    controllers,
    makeLeaf: (memoryMb) =>
      makeLeaf(root, controllers, memoryMb, (dir) => {
        const removal = removeGroup(dir)
        removals.add(removal)
        void removal.then(() => removals.delete(removal))
      }),
    async close() {
      await Promise.all(removals)
      await leave(place, root, host)
    },
  }
}

/** @throws what the kernel says. */
function divide(
  { dir, controllers, isMachineRoot, processes }: CgroupPlace,
  root: string,
  host: string,
): void {
  moveAll(processes, host)
  if (!isMachineRoot) {
    // Again for children that were forked while their parents moved.
    moveAll(readPids(join(dir, 'cgroup.procs')), host)
    enable(dir, controllers)
  }
  enable(root, controllers)
  if (controllers.includes('cpu')) writeFileSync(join(host, 'cpu.weight'), HOST_WEIGHT)
}

function makeLeaf(
  root: string,
  controllers: readonly Controller[],
  memoryMb: number,
  onRelease: (dir: string) => void,
): ProcessBounds {
  const dir = mkdtempSync(join(root, 'i-'))
  const set = (name: string, value: number | string): void => writeFileSync(join(dir, name), String(value))
  try {
    if (controllers.includes('memory')) {
      set('memory.max', memoryMb * MIB + TMP_BYTES + OVERHEAD_BYTES)
      if (existsSync(join(dir, 'memory.swap.max'))) set('memory.swap.max', 0) // absent without swap accounting
      set('memory.oom.group', 1)
    }
    if (controllers.includes('pids')) set('pids.max', MAX_PROCESSES + PROCESSES_BESIDE)
  } catch (error) {
    onRelease(dir)
    throw error
  }
  return {
    enter: (command, args) => ['/bin/sh', ['-c', ENTER, join(dir, 'cgroup.procs'), command, ...args]],
    setNice: controllers.includes('cpu') ? (nice) => setWeight(dir, nice) : undefined,
    ranOutOfMemory: () => controllers.includes('memory') && countOomKills(dir) > 0,
    release: () => onRelease(dir),
  }
}

/** A step of niceness is a quarter of the share, as for processes (sched(7)); 100 is what a group has by itself. */
function setWeight(dir: string, nice: number): boolean {
  try {
    writeFileSync(join(dir, 'cpu.weight'), String(Math.max(1, Math.round(100 / 1.25 ** nice))))
  } catch {
    // ENOENT: it has ended
  }
  return true
}

/** Asked while a process's end is being told: whatever keeps us from reading must not keep the end from being told. */
function countOomKills(dir: string): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(dir, 'memory.events'), 'utf8'))?.[1] ?? 0)
  } catch {
    return 0 // ENOENT: somebody has removed the group; EMFILE: the host is short of descriptors
  }
}

function enable(dir: string, controllers: readonly Controller[]): void {
  writeFileSync(join(dir, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '))
}

function moveAll(pids: readonly number[], dir: string): void {
  for (const pid of pids) {
    try {
      writeFileSync(join(dir, 'cgroup.procs'), String(pid))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // it has ended: nothing to move
    }
  }
}

/** As it was before `divide`, as far as the kernel allows; what stays is empty and removed at the next start. */
async function leave(
  { dir, controllers, isMachineRoot }: CgroupPlace,
  root: string,
  host: string,
): Promise<void> {
  try {
    const groups = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    if (groups.length > 1) return // an instance that would not die: its bounds must stay
    if (!isMachineRoot) {
      const disable = controllers.map((name) => `-${name}`).join(' ')
      writeFileSync(join(root, 'cgroup.subtree_control'), disable)
      writeFileSync(join(dir, 'cgroup.subtree_control'), disable)
    }
    moveAll(readPids(join(host, 'cgroup.procs')), dir)
    await removeGroup(root)
  } catch {
    // Another host has a tree beside this one, or the group is gone already
  }
}

async function removeDeadTrees(dir: string): Promise<void> {
  for (const name of readdirSync(dir)) {
    if (!/^roost-\d+$/.test(name)) continue
    const tree = join(dir, name)
    if (!isPopulated(join(tree, 'host'))) await removeGroup(tree)
  }
}

/** Whether a living process is in the group or below it. */
function isPopulated(dir: string): boolean {
  try {
    return /^populated 1$/m.test(readFileSync(join(dir, 'cgroup.events'), 'utf8'))
  } catch {
    return false // it is gone
  }
}

/** Kills all that is in a group, whatever session it has made for itself, and removes the group once they are gone. */
async function removeGroup(dir: string): Promise<boolean> {
  for (let tries = 0; tries < REMOVE_RETRIES; tries++) {
    try {
      writeFileSync(join(dir, 'cgroup.kill'), '1')
    } catch {
      // before Linux 5.14, or gone: the process group was killed before
    }
    if (removeEmpty(dir)) return true
    await sleep(REMOVE_RETRY_MS)
  }
  return false
}

function removeEmpty(dir: string): boolean {
  try {
    for (const entry of readdirSync(dir, { withFileTypes: true }))
      if (entry.isDirectory()) removeEmpty(join(dir, entry.name))
    rmdirSync(dir)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}
