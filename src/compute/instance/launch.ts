import { type ChildProcess, spawn } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'

export interface LaunchOptions {
  /** The Node binary that runs the instance. */
  node: string
  /** The runtime program, one file. */
  program: string
  /** Heap limit; it cannot be changed once the process has started. */
  memoryMb: number
  /** All that the process sees of an environment before it is assigned one. */
  env: Readonly<Record<string, string>>
}

/** A process that has been asked to start. Its descriptors are ours; nothing else is shared with it. */
export interface LaunchedProcess {
  readonly pid: number | undefined
  /** Fd 3 of the child: frames both ways. */
  readonly control: Duplex
  readonly stdout: Readable
  readonly stderr: Readable
  /** Called once, when the process has ended or could not be started. */
  onExit(listener: (code: number | null, signal: NodeJS.Signals | null, error?: Error) => void): void
  /** Signals the whole process group. Does nothing once the process has ended. */
  kill(signal: NodeJS.Signals): void
  /** After the end: kills what the process left behind in its group. */
  killLeftovers(): void
}

export type Launch = (options: LaunchOptions) => LaunchedProcess

/** The share of an instance's memory that V8's heap may take; the rest is for buffers, code and stacks. */
const HEAP_SHARE = 0.9

/**
 * Sandbox profile `process`: a session and process group of its own, an environment with nothing of the host's, no
 * descriptor but the four, `/dev/null` for stdin.
 */
export const launchProcess: Launch = ({ node, program, memoryMb, env }) => {
  const heapMb = Math.max(16, Math.floor(memoryMb * HEAP_SHARE))
  const child = spawn(node, ['--enable-source-maps', `--max-old-space-size=${heapMb}`, program], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
    env,
  })
  return toLaunchedProcess(child)
}

function toLaunchedProcess(child: ChildProcess): LaunchedProcess {
  return {
    pid: child.pid,
    control: child.stdio[3] as Duplex,
    stdout: child.stdout!,
    stderr: child.stderr!,
    onExit(listener) {
      child.once('exit', (code, signal) => listener(code, signal))
      child.once('error', (error) => {
        if (child.pid === undefined) listener(null, null, error)
      })
    },
    kill(signal) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      try {
        process.kill(-child.pid, signal)
      } catch {
        child.kill(signal) // the group is not there yet: the child has not reached setsid
      }
    },
    killLeftovers() {
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // ESRCH: it left nothing behind
      }
    },
  }
}
