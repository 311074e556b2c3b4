import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { isInside } from '../../base/lib/index.ts'

/** What bounds instances, of the controllers that cgroup v2 has. */
export const CONTROLLERS = ['memory', 'pids', 'cpu'] as const
export type Controller = (typeof CONTROLLERS)[number]

/** A cgroup below which this process may make groups of its own. */
export interface CgroupPlace {
  dir: string
  controllers: readonly Controller[]
  /** The root of the machine: it may hold processes beside groups, and it is everybody's. */
  isMachineRoot: boolean
  /** What has to move into a leaf before controllers can be enabled: nothing but Roost's own. */
  processes: readonly number[]
}

export interface CgroupWorld {
  /** `/proc`, or a folder laid out the same. */
  procDir: string
  pid: number
  /** Whether systemd has given this unit's cgroup away (`Delegate=yes`). */
  isDelegated(unit: string, isUserUnit: boolean): boolean
}

export const THIS_MACHINE: CgroupWorld = { procDir: '/proc', pid: process.pid, isDelegated: askSystemd }

/**
 * Finds the cgroup v2 group of this process and whether it may be divided. It may when it is writable, has
 * controllers, and is nobody else's: a group that systemd has not delegated or that holds processes of others is left
 * as it is (https://systemd.io/CGROUP_DELEGATION, https://docs.kernel.org/admin-guide/cgroup-v2.html).
 * @returns a sentence's end for the operator when not: `cgroup limits are not used: …`.
 */
export function findCgroupPlace(world: CgroupWorld): CgroupPlace | string {
  const own = findOwnGroup(world)
  if (own === undefined) return 'no cgroup v2 hierarchy is visible on this machine'
  const offered = readWords(join(own.dir, 'cgroup.controllers'))
  const controllers = CONTROLLERS.filter((name) => offered.includes(name))
  if (controllers.length === 0)
    return 'the cgroup v2 hierarchy has no controllers for it (on hybrid machines version 1 holds them)'
  if (!isWritable(own.dir)) return `${own.dir} is not writable for Roost`
  // Only the machine's root has no type. It is never reconfigured, what it gives to every group below it is taken.
  if (!existsSync(join(own.dir, 'cgroup.type'))) {
    const enabled = readWords(join(own.dir, 'cgroup.subtree_control'))
    const usable = controllers.filter((name) => enabled.includes(name))
    if (usable.length === 0) return 'the root cgroup enables no controllers for groups below it'
    return { dir: own.dir, controllers: usable, isMachineRoot: true, processes: [world.pid] }
  }
  const unit = basename(own.path)
  if (/\.(service|scope)$/.test(unit) && !world.isDelegated(unit, own.path.includes('/user@')))
    return `systemd has not delegated ${unit} to Roost (Delegate=yes)`
  const processes = readPids(join(own.dir, 'cgroup.procs'))
  const stranger = processes.find((pid) => !isOurs(pid, world))
  if (stranger !== undefined)
    return `the cgroup of Roost holds other processes too (${stranger === 0 ? 'of another container' : `process ${stranger}`}); start it in one of its own`
  return { dir: own.dir, controllers, isMachineRoot: false, processes }
}

/** Process numbers of a cgroup; 0 stands for one that is out of our sight. */
export function readPids(file: string): number[] {
  return readWords(file).map(Number)
}

function findOwnGroup({ procDir, pid }: CgroupWorld): { dir: string; path: string } | undefined {
  const path = /^0::(\/.*)$/m.exec(readText(join(procDir, 'self/cgroup')))?.[1]
  if (path === undefined || path.startsWith('/..')) return undefined
  for (const line of readText(join(procDir, 'self/mountinfo')).split('\n')) {
    const [, , , root, mountPoint, ...rest] = line.split(' ')
    if (rest[rest.indexOf('-') + 1] !== 'cgroup2') continue
    // A mount can show a part of the hierarchy, and one at the same place can hide another: look whether we are in it.
    const below = root === '/' ? path : isInside(root!, path) ? path.slice(root!.length) : undefined
    if (below === undefined) continue
    const dir = resolve(join(mountPoint!, below))
    if (readPids(join(dir, 'cgroup.procs')).includes(pid)) return { dir, path }
  }
  return undefined
}

function isWritable(dir: string): boolean {
  try {
    for (const name of ['', 'cgroup.procs', 'cgroup.subtree_control'])
      accessSync(join(dir, name), constants.W_OK)
    return true
  } catch {
    return false
  }
}

/**
 * This process, what it has started, and the Node that started it with a channel because it was too old
 * (bin/roost.js). Whoever else started us, a shell or npm, was perhaps not started for us.
 */
function isOurs(pid: number, world: CgroupWorld): boolean {
  if (process.channel !== undefined && pid === process.ppid) return true
  for (let at = pid; at > 1; at = readParent(at, world)) if (at === world.pid) return true
  return pid === world.pid
}

function readParent(pid: number, { procDir }: CgroupWorld): number {
  const stat = readText(join(procDir, String(pid), 'stat'))
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
}

function askSystemd(unit: string, isUserUnit: boolean): boolean {
  const args = [...(isUserUnit ? ['--user'] : []), 'show', '--property=Delegate', '--value', '--', unit]
  return spawnSync('systemctl', args, { encoding: 'utf8', timeout: 5000 }).stdout?.trim() === 'yes'
}

function readWords(file: string): string[] {
  return readText(file).split(/\s+/).filter(Boolean)
}

function readText(file: string): string {
  try {
    return statSync(file).isFile() ? readFileSync(file, 'utf8') : ''
  } catch {
    return '' // not Linux, not mounted, or ended meanwhile
  }
}
