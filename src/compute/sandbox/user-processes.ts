import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface UserProcess {
  pid: number
  /** The user ID of the range that it runs under, as any of its four. */
  id: number
  /** In our PID and user namespace. */
  isNear: boolean
}

/** All that runs under an ID from `first` on, `count` of them; zombies are over. Takes milliseconds: for a start only. */
export function listUserProcesses(first: number, count: number): UserProcess[] {
  const user = readlinkSync('/proc/self/ns/user')
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    if (!Number.isInteger(pid)) return []
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1')
      const field = (key: string): string[] =>
        (new RegExp(`^${key}:\\t(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/)
      const id = field('Uid')
        .map(Number)
        .find((uid) => uid >= first && uid < first + count)
      if (id === undefined) return []
      // The first thread of a process may have ended before the others.
      if (/^[ZX]/.test(field('State')[0]!) && field('Threads')[0] === '1') return []
      const isNear = field('NSpid').length === 1 && readlinkSync(`/proc/${pid}/ns/user`) === user
      return [{ pid, id, isNear }]
    } catch {
      return [] // it has ended meanwhile
    }
  })
}
