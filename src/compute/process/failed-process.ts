import { PassThrough } from 'node:stream'
import type { LaunchedProcess } from './launched-process.ts'

/**
 * Stands in for a process that could not be started. It ends at once, with the reason: who starts an instance hears
 * of it in one way, and a full table of descriptors, which any client can bring about, ends nothing but this instance.
 */
export function failedProcess(error: Error, onReleased?: () => void): LaunchedProcess {
  return {
    pid: undefined,
    control: ended(),
    stdout: ended(),
    stderr: ended(),
    admit: () => Promise.reject(error),
    onExit: (listener) => void setImmediate(() => listener(null, null, error)),
    setNice: () => true,
    ranOutOfMemory: () => false,
    kill: () => undefined,
    release: () => onReleased?.(),
  }
}

function ended(): PassThrough {
  return new PassThrough().destroy()
}
