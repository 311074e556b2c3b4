import type { Launch } from '../instance/index.ts'

export type SandboxProfile = 'process' | 'process-user' | 'bubblewrap'

/** What the operator asks for. `require`: refuse to start when only `process` works. */
export type SandboxSetting = 'auto' | 'process' | 'bubblewrap' | 'require'

/** How instances are kept apart on this machine; docs/security.md says what each profile stops and what it does not. */
export interface Sandbox {
  readonly profile: SandboxProfile
  readonly launch: Launch
  /** What this profile cannot promise on this machine, for the operator at start. */
  readonly gaps: readonly string[]
  /** Call when all instances have ended. */
  close(): Promise<void>
}

/** Processes that one instance may have, its own threads included: Node alone has about a dozen. */
export const MAX_PROCESSES = 96
