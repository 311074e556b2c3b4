import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import type { Log } from '../../base/log/index.ts'
import { openBounds } from './bounds.ts'
import { createBubblewrap, detectBubblewrap } from './bubblewrap.ts'
import { removeLeftovers } from './leftovers.ts'
import { createProcessSandbox, findWhyNoUsers } from './process.ts'
import type { Sandbox, SandboxSetting } from './sandbox.ts'
import { UserIds, type UserIdsOptions } from './user-ids.ts'

export interface SandboxOptions {
  setting: SandboxSetting
  /** A folder for what instances get to see; hosts may share it. */
  scratchDir: string
  /** What every instance must be able to read: the Node binary, the runtime program, the artifact. */
  sharedPaths: readonly string[]
  /** Called once nothing runs under a user ID of an instance any more and what it left behind is removed. */
  onEnded?: UserIdsOptions['onEnded']
  log?: Log | undefined
}

/**
 * Takes the strongest profile that works on this machine and that `setting` allows. As root, where a function could end
 * the whole machine, `auto` does not come down to no protection at all.
 * @throws SANDBOX_UNAVAILABLE, USER_IDS_UNAVAILABLE
 */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { setting, scratchDir, sharedPaths, log } = options
  const mode = setting === 'process' ? undefined : detectBubblewrap()
  if (mode !== undefined) {
    // What an instance leaves lies in a /tmp and an IPC namespace of its own, which end with it.
    const ids = mode === 'own-user' ? await UserIds.open({ ...options, onTaken: removeLeftovers }) : undefined
    return createBubblewrap(mode, makeScratchDir(scratchDir), ids, await openBounds())
  }
  if (setting === 'bubblewrap')
    throw new RoostError(
      'SANDBOX_UNAVAILABLE',
      'bubblewrap is not installed here, or not allowed to make namespaces',
      {
        hint: 'Install the package "bubblewrap"; in a container allow user namespaces. Or use --sandbox=auto.',
      },
    )
  const whyNoUsers = findWhyNoUsers(sharedPaths)
  if (setting === 'require' && whyNoUsers !== undefined)
    throw new RoostError('SANDBOX_UNAVAILABLE', '--sandbox=require: only the profile "process" works here', {
      hint: 'Install the package "bubblewrap", or start Roost as root.',
    })
  if (setting === 'auto' && whyNoUsers !== undefined && process.getuid?.() === 0)
    throw new RoostError('SANDBOX_UNAVAILABLE', `Functions would run as root: ${whyNoUsers}.`, {
      hint: 'Install the package "bubblewrap", or fix that. With --sandbox=process they run as root anyway.',
    })
  const ids =
    whyNoUsers === undefined
      ? await UserIds.open({ ...options, onEnded: removeThenTell(options) })
      : undefined
  return createProcessSandbox(ids, await openBounds(), log)
}

function removeThenTell({ onEnded }: SandboxOptions): UserIdsOptions['onEnded'] {
  return async (ids) => {
    await removeLeftovers(ids)
    await onEnded?.(ids)
  }
}

/** A folder of this host alone. What hosts that have ended left behind is removed. */
function makeScratchDir(parent: string): string {
  mkdirSync(parent, { recursive: true, mode: 0o755 })
  for (const name of readdirSync(parent)) {
    const pid = /^host-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join(parent, name), { recursive: true, force: true })
  }
  const folder = mkdtempSync(join(parent, `host-${process.pid}-`))
  chmodSync(folder, 0o755) // the users that instances run as must get through
  return folder
}
