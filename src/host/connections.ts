import { readFileSync } from 'node:fs'
import type { Limits } from '../base/settings/index.ts'

/** Of an instance: its socket, its two outputs, and what its start takes for a moment. */
const FILES_PER_INSTANCE = 6
/** The host's own: the store, logs, listeners, static files that are being sent. */
const OWN_FILES = 256
/** Where the system names no limit (macOS tells it elsewhere). */
const UNKNOWN = 4096

/**
 * How many connections leave enough descriptors for the instances: clients that hold idle ones would otherwise keep
 * functions from being started.
 */
export function deriveConnections({
  instancesPerHost,
  blanks,
}: Pick<Limits, 'instancesPerHost' | 'blanks'>): number {
  const files = readOpenFilesLimit()
  const reserved = Math.min(files / 2, OWN_FILES + (instancesPerHost + blanks) * FILES_PER_INSTANCE)
  return Math.floor(files - reserved)
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
