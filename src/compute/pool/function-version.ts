import type { Assignment } from '../protocol/index.ts'

/** One function of one deploy, ready to run. Immutable: another deploy brings another version. */
export interface FunctionVersion {
  /** Unique in the host: `DEPLOY/NAME`. */
  readonly id: string
  readonly name: string
  readonly deployId: string
  readonly assignment: Assignment
  /** The Node its instances run on, absolute; absent: the host's own. */
  readonly node?: string
  /** A program of its own that runs instead of the runtime on Node. */
  readonly program?: NativeProgram
  /** Absolute: the function's folder in the artifact, which its instances get to see. */
  readonly folder: string
  readonly limits: FunctionLimits
  /** Exported variables that only take effect when a process starts (`NODE_OPTIONS`): no blank can serve it. */
  readonly startEnv: Readonly<Record<string, string>>
  /** `none`: no network but a loopback of its own, where the sandbox can do that. */
  readonly network: 'all' | 'none'
}

/** It speaks the Lambda runtime API (runtime.md §11). */
export interface NativeProgram {
  /** Relative to the function's folder. */
  entry: string
  /** Whether its environment holds the operator's variables: then nobody else may get at its endpoint (D26). */
  hasVariables: boolean
}

export interface FunctionLimits {
  /** Invocations at once in one instance. */
  concurrency: number
  maxInstances: number
  /** Requests waiting for an instance; more are refused with POOL_SATURATED. */
  waitingLineLength: number
  waitingLineMs: number
  idleEvictionMs: number
  memoryMb: number
}
