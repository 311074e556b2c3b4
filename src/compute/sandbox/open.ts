import { RoostError } from '../../base/errors/index.ts'
import { createBubblewrap, detectBubblewrap } from './bubblewrap.ts'
import { canUseOwnUsers, createProcessSandbox } from './process.ts'
import type { Sandbox, SandboxSetting } from './types.ts'

export interface SandboxOptions {
  setting: SandboxSetting
  /** A folder of ours for what instances get to see. */
  scratchDir: string
  /** What every instance must be able to read: the Node binary, the runtime program, the artifact. */
  sharedPaths: readonly string[]
}

/**
 * Takes the strongest profile that works on this machine and that `setting` allows.
 * @throws SANDBOX_UNAVAILABLE
 */
export function openSandbox({ setting, scratchDir, sharedPaths }: SandboxOptions): Sandbox {
  const mode = setting === 'process' ? undefined : detectBubblewrap()
  if (mode !== undefined) return createBubblewrap(mode, scratchDir)
  if (setting === 'bubblewrap')
    throw new RoostError(
      'SANDBOX_UNAVAILABLE',
      'bubblewrap is not installed here, or not allowed to make namespaces',
      {
        hint: 'Install the package "bubblewrap"; in a container allow user namespaces. Or use --sandbox=auto.',
      },
    )
  const sandbox = createProcessSandbox(canUseOwnUsers(sharedPaths))
  if (setting === 'require' && sandbox.profile === 'process')
    throw new RoostError('SANDBOX_UNAVAILABLE', '--sandbox=require: only the profile "process" works here', {
      hint: 'Install the package "bubblewrap", or start Roost as root.',
    })
  return sandbox
}
