import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { failedProcess } from './failed-process.ts'
import { receiveVariables, toHandover } from './hand-over.ts'
import type {
  Launch,
  LaunchedProcess,
  LaunchOptions,
  NativeLaunch,
  ProcessBounds,
} from './launched-process.ts'

/** The share of an instance's memory that V8's heap may take; the rest is for buffers, code and stacks. */
const HEAP_SHARE = 0.9

export function isNativeLaunch(options: LaunchOptions): options is NativeLaunch {
  return 'entry' in options
}

/** Node's own arguments, the same in every sandbox. The runtime puts source maps off until a stack is looked at. */
export function toNodeArgs(program: string, memoryMb: number): string[] {
  return [
    '--enable-source-maps',
    `--max-old-space-size=${Math.max(16, Math.floor(memoryMb * HEAP_SHARE))}`,
    program,
  ]
}

/**
 * Starts `command` with a session and process group of its own, nothing of the host's environment, no descriptor but
 * the four, `/dev/null` for stdin. All sandboxes start this way. What cannot be started ends at once, it does not throw.
 */
export function launchCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  hooks: LaunchHooks = {},
): LaunchedProcess {
  let child: ChildProcess
  const [first, rest] = hooks.bounds?.enter(command, args) ?? [command, [...args]]
  try {
    child = spawn(first, rest, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...(hooks.files ?? [])],
      detached: true,
      cwd: hooks.cwd ?? '/',
      env,
    })
  } catch (error) {
    return failedProcess(error as Error, () => releaseAll(hooks))
  }
  if (hasPipes(child)) {
    if (hooks.handover !== undefined) (child.stdio[3] as Duplex).write(hooks.handover)
    return toLaunchedProcess(child, hooks)
  }
  child.once('error', ignore) // the same, later
  return failedProcess(new Error(`${command}: this host has no file descriptors left`), () =>
    releaseAll(hooks),
  )
}

/**
 * Linux schedules sessions against each other, and processes within one (sched(7), "The autogroup feature"): an instance has a
 * session of its own, so the niceness of its processes would count for nothing. Where autogroups are off, or a cgroup above us stands
 * in for them, this changes nothing. Without privileges the kernel takes one such change in a tenth of a second.
 */
function setSessionNice(pid: number | undefined, nice: number): boolean {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice))
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EAGAIN' // anything else will not change
  }
}

function releaseAll({ bounds, onReleased }: LaunchHooks): void {
  bounds?.release()
  onReleased?.()
}

/** Out of descriptors Node makes no pipes, whatever its types say. */
function hasPipes(child: ChildProcess): boolean {
  return (child.stdio as ChildProcess['stdio'] | undefined) !== undefined
}

function ignore(): void {
  return
}

/** What a sandbox does differently. */
export interface LaunchHooks {
  /** Working directory; `/` when absent. */
  cwd?: string | undefined
  /** Descriptors that `command` gets as 4 and on, for itself: what it runs must not. The caller closes ours. */
  files?: readonly number[]
  admit?: LaunchedProcess['admit']
  /** What the process reads from descriptor 3 before anything else. */
  handover?: string | undefined
  /** They are given up with the process. */
  bounds?: ProcessBounds | undefined
  onReleased?(): void
  toSignal?(code: number): NodeJS.Signals | undefined
}

/** What a process runs where nothing stands between it and the system. */
export function toCommand(options: LaunchOptions): {
  command: string[]
  env: Readonly<Record<string, string>>
  functionEnv: Readonly<Record<string, string>> | undefined
  cwd?: string
} {
  if (!isNativeLaunch(options)) {
    const { node, program, memoryMb, env, functionEnv } = options
    return { command: [node, ...toNodeArgs(program, memoryMb)], env, functionEnv }
  }
  const { rootPath, entry, env, functionEnv } = options
  return {
    command: [join(rootPath, entry)],
    env,
    functionEnv: { ...functionEnv, LAMBDA_TASK_ROOT: rootPath },
    cwd: rootPath,
  }
}

/** `command` behind privileged ones, and what is to be handed over to it. Without variables nothing is in between. */
export function receiveEnv(
  command: readonly string[],
  functionEnv: Readonly<Record<string, string>> = {},
  isNative: boolean,
): { command: readonly string[]; handover?: string } {
  if (Object.keys(functionEnv).length === 0) return { command }
  return {
    command: receiveVariables(command, isNative ? 'close' : 'keep'),
    handover: toHandover(functionEnv),
  }
}

/** Sandbox profile `process`, without anything around it. */
export const launchProcess: Launch = (options) => {
  const { command, env, functionEnv, cwd } = toCommand(options)
  return launchCommand(command[0]!, command.slice(1), { ...env, ...functionEnv }, { cwd })
}

function toLaunchedProcess(child: ChildProcess, hooks: LaunchHooks): LaunchedProcess {
  const { admit, bounds, toSignal } = hooks
  return {
    pid: child.pid,
    control: child.stdio[3] as Duplex,
    stdout: child.stdout!,
    stderr: child.stderr!,
    admit: admit ?? ((rootPath) => Promise.resolve(rootPath)),
    onExit(listener) {
      child.once('exit', (code, signal) => {
        const hidden = code === null ? undefined : toSignal?.(code)
        if (hidden === undefined) listener(code, signal)
        else listener(null, hidden)
      })
      child.once('error', (error) => {
        if (child.pid === undefined) listener(null, null, error)
      })
    },
    setNice: bounds?.setNice ?? ((nice) => setSessionNice(child.pid, nice)),
    ranOutOfMemory: () => bounds?.ranOutOfMemory() ?? false,
    kill(signal) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      try {
        process.kill(-child.pid, signal)
      } catch {
        child.kill(signal) // the group is not there yet: the child has not reached setsid
      }
    },
    release() {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // ESRCH: it left nothing behind
      }
      releaseAll(hooks)
    },
  }
}
