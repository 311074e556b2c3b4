import { readFileSync } from 'node:fs'
import { ADMIN_CONNECTIONS } from '../api/admin/index.ts'
import type { Limits } from '../base/settings/index.ts'

/** How many connections each listener may have at once. */
export interface ConnectionShares {
  /** The public port: clients. */
  readonly public: number
  /** Blobs, cache and purges: instances. */
  readonly services: number
  /** Targets of proxies. */
  readonly proxies: number
}

// Strangers are connections of which nobody knows yet whose they are, beside the others: an honest client is one for a few
// turns of the event loop. So long they may be more, where the listener has room.

/** An eighth of the descriptors, but at least `min` and at most `max`. */
export const SERVICES = { share: 1 / 8, min: 8, max: 1024, strangers: 32 } as const
/** An eighth of the descriptors, but at least `min` and at most `max`. */
const PROXIES = { share: 1 / 8, min: 8, max: 1024 } as const
/** Connections of one program. Its client needs one; some open a second to answer while they ask. */
export const RUNTIME_API = { connections: 4, strangers: 4 } as const

/** Descriptors of an instance: its socket, its two outputs, and what its start takes for a moment. */
const FILES_PER_INSTANCE = 6
/** An instance may be a program, with a listener of its own. */
const FILES_PER_PROGRAM = 1 + RUNTIME_API.connections + RUNTIME_API.strangers
/** The host's own: the store, logs, listeners, static files that are being sent. */
const OWN_FILES = 256
/** Where the system names no limit (macOS tells it elsewhere). */
const UNKNOWN = 4096

type ConnectionLimits = Pick<
  Limits,
  'instancesPerHost' | 'blanks' | 'connections' | 'serviceConnections' | 'proxyConnections'
>

/**
 * Divides the descriptors of this process. Each listener has its bound, so none can take what is another's: functions
 * cannot keep clients out, and idle clients cannot keep functions from being started. Where there are few, the public port
 * has half of them, whatever the rest would need.
 */
export function divideConnections(limits: ConnectionLimits, files = readOpenFilesLimit()): ConnectionShares {
  const { share, min, max, strangers } = SERVICES
  const services =
    limits.serviceConnections || Math.round(Math.min(max, Math.max(min, files * share - strangers)))
  const proxies =
    limits.proxyConnections || Math.round(Math.min(PROXIES.max, Math.max(PROXIES.min, files * PROXIES.share)))
  const instances = (limits.instancesPerHost + limits.blanks) * FILES_PER_INSTANCE
  const programs = limits.instancesPerHost * FILES_PER_PROGRAM
  const listeners = services + strangers + ADMIN_CONNECTIONS.connections + ADMIN_CONNECTIONS.strangers
  const reserved = Math.min(files / 2, OWN_FILES + instances + programs + listeners + proxies)
  return {
    public: limits.connections || Math.floor(files - reserved),
    services,
    proxies,
  }
}

/** The soft limit, which Node has raised to the hard one at its start. */
function readOpenFilesLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1')
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? UNKNOWN)
  } catch {
    return UNKNOWN // not Linux
  }
}
