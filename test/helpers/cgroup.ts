import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from './wait.ts'

/** A cgroup v2 mount at whose root all of these can be enabled, or why there is none. */
export type CgroupMount = { root: string } | { missing: string }

export function findCgroupMount(needed: readonly string[]): CgroupMount {
  if (process.getuid?.() !== 0) return { missing: 'this needs root' }
  const mounts = readText('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => line.includes(' - cgroup2 '))
    .map((line) => line.split(' ')[4]!)
  for (const root of mounts) {
    const has = readText(join(root, 'cgroup.controllers')).split(/\s+/)
    if (existsSync(join(root, 'cgroup.type')) || !needed.every((name) => has.includes(name))) continue
    return { root }
  }
  return { missing: `no cgroup v2 hierarchy of this machine has the controllers ${needed.join(', ')}` }
}

/** Hands on controllers from the machine's root, which is the operator's business and never Roost's. */
export function enableControllers(root: string, names: readonly string[]): void {
  writeFileSync(join(root, 'cgroup.subtree_control'), names.map((name) => `+${name}`).join(' '))
}

/** A group of its own for this process, as a service manager with `Delegate=yes` or a container would give it one. */
export function enterOwnGroup(root: string): { dir: string; leave(): Promise<void> } {
  const dir = mkdtempSync(join(root, 'test-'))
  enter(dir)
  return {
    dir,
    async leave() {
      enter(root)
      // A process that is about to end, such as a warden, is in it for a moment more.
      await waitFor('an empty group', () => readText(join(dir, 'cgroup.events')).includes('populated 0'))
      rmdirSync(dir)
    },
  }
}

export function enter(dir: string, pid = process.pid): void {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'cgroup.procs'), String(pid))
}

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // it is gone, or was never there
  }
}
