import type { Launch } from '../process/index.ts'

export type SandboxProfile = 'process' | 'process-user' | 'bubblewrap'

/** What the operator asks for. `require`: refuse to start when only `process` works. */
export type SandboxSetting = 'auto' | 'process' | 'bubblewrap' | 'require'

/** How instances are kept apart on this machine; docs/security.md says what each profile stops and what it does not. */
export interface Sandbox {
  readonly profile: SandboxProfile
  readonly launch: Launch
  /** What this profile cannot promise on this machine, for the operator at start. */
  readonly gaps: readonly string[]
  /** What else the operator should know of this start: user IDs that were left alone. */
  readonly notes: readonly string[]
  /** What bounds memory, processes and processor time here, a sentence for the operator at start. */
  readonly bounds: string
  /** Call when all instances have ended. */
  close(): Promise<void>
}
