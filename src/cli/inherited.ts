import { closeSync, readdirSync, readFileSync } from 'node:fs'

const CLOSE_ON_EXEC = 0o2000000

/**
 * Closes what whoever started us has left open: a lock, a log, the socket of a supervisor. It would go on to every
 * instance (docs/security.md: four descriptors). Node marks what it opens itself as "close on exec", but of what it
 * inherits only what comes before the first gap above 15. Linux only; elsewhere there is nothing to look it up in.
 */
export function closeInherited(): void {
  for (const name of list('/proc/self/fd')) {
    const fd = Number(name)
    if (fd > 2 && (readFlags(fd) & CLOSE_ON_EXEC) === 0) closeSync(fd)
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // no such folder on this system
  }
}

function readFlags(fd: number): number {
  try {
    return Number.parseInt(/^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))![1]!, 8)
  } catch {
    return CLOSE_ON_EXEC // the one that listed the folder: closed again
  }
}
