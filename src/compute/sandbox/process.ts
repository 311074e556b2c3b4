import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Log } from '../../base/log/index.ts'
import {
  isNativeLaunch,
  type LaunchedProcess,
  type LaunchOptions,
  launchCommand,
  type ProcessBounds,
  receiveEnv,
  toCommand,
} from '../process/index.ts'
import { type Bounds, takeBoth } from './bounds.ts'
import { canLockBlocks } from './id-block.ts'
import { MAX_PROCESSES } from './instance-sizes.ts'
import type { Sandbox } from './sandbox.ts'
import type { UserIds } from './user-ids.ts'
import { Warden } from './warden.ts'

const SETPRIV = '/usr/bin/setpriv'
const PRLIMIT = '/usr/bin/prlimit'

/**
 * Whether each instance can have a user ID of its own here: only root can give them away.
 * @param paths what every instance must be able to read.
 * @returns why not, as the end of a sentence; undefined when it can.
 */
export function findWhyNoUsers(paths: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'Roost does not run as root'
  if (!existsSync(SETPRIV) || !existsSync(PRLIMIT) || !canLockBlocks())
    return 'setpriv, prlimit or flock is missing (package util-linux)'
  const path = paths.find((each) => !isReachableForAll(each))
  return path && `other users cannot read ${path}`
}

/**
 * Sandbox profile `process`: a process group of its own and nothing inherited; under root also a user ID of its own,
 * which puts neighbours and the host out of reach. Without one it is for trusted code only.
 *
 * @param ids one for each instance; undefined where it cannot have one. Closed with the sandbox, as are `bounds`.
 */
export function createProcessSandbox(ids: UserIds | undefined, bounds: Bounds, log?: Log): Sandbox {
  const hasOwnUsers = ids !== undefined
  const warden = ids?.warden ?? new Warden({ log })
  return {
    profile: hasOwnUsers ? 'process-user' : 'process',
    gaps: [
      ...(hasOwnUsers ? [] : [describeTrust()]),
      ...(hasOwnUsers || bounds.limitsProcesses
        ? []
        : ['the number of processes of an instance is not limited (it has no user ID of its own)']),
      'functions see the files of this machine that their user may read',
      "functions share the machine's /tmp, and what they write there is not limited",
      ...(hasOwnUsers ? [] : ['files and shared memory that functions leave behind are not removed']),
      'network = "none" is refused (it needs bubblewrap)',
    ],
    bounds: bounds.text,
    notes: ids?.notes ?? [],
    launch(options) {
      if (options.network === 'none') throw new Error('cutting the network of one process needs bubblewrap')
      const [id, leaf] = takeBoth(ids, () => bounds.makeLeaf(options.memoryMb))
      const launched = launch(options, id, leaf, () => {
        if (launched.pid !== undefined) warden.forget(launched.pid)
        if (id !== undefined) ids?.release(id)
      })
      if (launched.pid !== undefined) warden.watch(launched.pid)
      return launched
    },
    async close() {
      await (ids ?? warden).close()
      await bounds.close()
    },
  }
}

function describeTrust(): string {
  const who = process.getuid?.() === 0 ? 'functions run as root, and' : 'functions'
  return `${who} can read and signal each other and this host: run trusted code only`
}

function launch(
  options: LaunchOptions,
  id: number | undefined,
  bounds: ProcessBounds | undefined,
  onReleased: () => void,
): LaunchedProcess {
  const { command: program, env, functionEnv, cwd } = toCommand(options)
  const hooks = { cwd, bounds, onReleased }
  if (id === undefined) {
    // What stands before the program runs as its user too: variables cannot cross a boundary.
    const [first, ...rest] = [
      ...(existsSync(SETPRIV) ? [SETPRIV, '--no-new-privs', '--pdeathsig', 'KILL'] : []),
      ...program,
    ]
    return launchCommand(first!, rest, { ...env, ...functionEnv }, hooks)
  }
  const { command, handover } = receiveEnv(program, functionEnv, isNativeLaunch(options))
  // The parent-death signal is set after the user is changed: a change of user clears it.
  const user = ['--reuid', String(id), '--regid', String(id), '--clear-groups', '--inh-caps=-all']
  // What is locked can be secret (memfd_secret(2)) and is not counted then: 8 MB for each process, where nobody says less.
  const limits = [PRLIMIT, `--nproc=${MAX_PROCESSES}`, '--core=0', '--msgqueue=0', '--memlock=65536']
  const args = [...user, '--no-new-privs', '--pdeathsig', 'KILL', ...limits, ...command]
  return launchCommand(SETPRIV, args, env, { ...hooks, handover })
}

/** Whether any user can get to `path`: every folder above it lets them through. */
function isReachableForAll(path: string): boolean {
  try {
    accessSync(path, constants.F_OK)
    for (let folder = resolve(path); ; folder = dirname(folder)) {
      const { mode } = statSync(folder)
      if ((mode & 0o001) === 0) return (mode & 0o004) !== 0 && folder === resolve(path)
      if (folder === dirname(folder)) return true
    }
  } catch {
    return false
  }
}
