import type { Duplex, Readable } from 'node:stream'

export type LaunchOptions = NodeLaunch | NativeLaunch

/** The runtime program on a Node. Its function becomes visible to it later, by `admit`. */
export interface NodeLaunch extends LaunchBase {
  /** The Node binary that runs the instance. */
  node: string
  /** The runtime program, one file. */
  program: string
}

/** A program that the function brings, which speaks the Lambda runtime API instead of frames. */
export interface NativeLaunch extends LaunchBase {
  /** The function's folder, visible to the process from its start: its working directory and `LAMBDA_TASK_ROOT`. */
  rootPath: string
  /** The program, relative to `rootPath`. */
  entry: string
}

interface LaunchBase {
  /** Heap limit; it cannot be changed once the process has started. */
  memoryMb: number
  /** Variables that the host chooses: what stands before the process, perhaps as root, sees them too. */
  env: Readonly<Record<string, string>>
  /** Variables that the function chooses: set for the process alone, when nothing privileged stands before it any more. */
  functionEnv?: Readonly<Record<string, string>> | undefined
  /** `none`: no network but a loopback of its own, where the sandbox can do that. */
  network: 'all' | 'none'
}

/** What the kernel holds a process and all that it starts to. */
export interface ProcessBounds {
  /** The same command, begun within the bounds. */
  enter(command: string, args: readonly string[]): [command: string, args: string[]]
  /** As `LaunchedProcess.setNice`; undefined when the kernel does not divide the processor here. */
  setNice: ((nice: number) => boolean) | undefined
  /** After the end: whether the kernel killed it for its memory. */
  ranOutOfMemory(): boolean
  /** After the end: kills what is left within the bounds and gives them up. */
  release(): void
}

/** A process that has been asked to start. Its descriptors are ours; nothing else is shared with it. */
export interface LaunchedProcess {
  readonly pid: number | undefined
  /** Fd 3 of the child: frames both ways. */
  readonly control: Duplex
  readonly stdout: Readable
  readonly stderr: Readable
  /**
   * Makes a function's folder visible to the process, once, before it is assigned.
   * @returns the folder's path as the process sees it.
   */
  admit(rootPath: string): Promise<string>
  /** Called once, when the process has ended or could not be started. */
  onExit(listener: (code: number | null, signal: NodeJS.Signals | null, error?: Error) => void): void
  /**
   * How much of the processor it and its children get beside others: 0 as usual, 19 least.
   * @returns whether the kernel has taken it; it may take it a little later.
   */
  setNice(nice: number): boolean
  /** Once it has ended: whether the kernel ended it for its memory. */
  ranOutOfMemory(): boolean
  /** Signals the whole process group. Does nothing once the process has ended. */
  kill(signal: NodeJS.Signals): void
  /** After the end: kills what the process left behind, as far as the sandbox can find it, and frees what it held. */
  release(): void
}

export type Launch = (options: LaunchOptions) => LaunchedProcess
