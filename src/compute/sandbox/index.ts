export { openSandbox, type SandboxOptions } from './open.ts'
export type { Sandbox, SandboxProfile, SandboxSetting } from './sandbox.ts'
