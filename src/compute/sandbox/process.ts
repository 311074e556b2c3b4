import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  isNativeLaunch,
  type LaunchedProcess,
  type LaunchOptions,
  launchCommand,
  type ProcessBounds,
  receiveEnv,
  toCommand,
} from '../instance/index.ts'
import { type Bounds, takeBoth } from './bounds.ts'
import { removeLeftovers } from './leftovers.ts'
import { MAX_PROCESSES, type Sandbox } from './types.ts'
import { UserIds } from './user-ids.ts'
import { Warden } from './warden.ts'

const SETPRIV = '/usr/bin/setpriv'
const PRLIMIT = '/usr/bin/prlimit'

/** Whether each instance can have a user ID of its own here: only root can give them away. */
export function canUseOwnUsers(paths: readonly string[]): boolean {
  return (
    process.getuid?.() === 0 && existsSync(SETPRIV) && existsSync(PRLIMIT) && paths.every(isReachableForAll)
  )
}

/**
 * Sandbox profile `process`: a process group of its own and nothing inherited; under root also a user ID of its own,
 * which puts neighbours and the host out of reach. Without one it is for trusted code only.
 *
 * @param bounds closed with the sandbox.
 */
export async function createProcessSandbox(hasOwnUsers: boolean, bounds: Bounds): Promise<Sandbox> {
  const ids = hasOwnUsers ? await UserIds.open() : undefined
  const warden = new Warden()
  const endings = new Set<Promise<void>>()
  return {
    profile: hasOwnUsers ? 'process-user' : 'process',
    gaps: [
      ...(hasOwnUsers
        ? []
        : ['functions can read and signal each other and this host: run trusted code only']),
      ...(hasOwnUsers || bounds.limitsProcesses
        ? []
        : ['the number of processes of an instance is not limited (it has no user ID of its own)']),
      'functions see the files of this machine that their user may read',
      "what functions write to /tmp is not bounded: it is the machine's",
      ...(hasOwnUsers ? [] : ['files and shared memory that functions leave behind stay']),
      'network = "none" is refused (it needs bubblewrap)',
    ],
    bounds: bounds.text,
    launch(options) {
      if (options.network === 'none') throw new Error('cutting the network of one process needs bubblewrap')
      const [id, leaf] = takeBoth(ids, () => bounds.makeLeaf(options.memoryMb))
      const launched = launch(options, id, leaf, () => {
        if (launched.pid !== undefined) warden.forget(launched.pid)
        if (id === undefined) return
        const ending = endUser(id, () => ids?.release(id))
        endings.add(ending)
        void ending.then(() => endings.delete(ending))
      })
      if (launched.pid !== undefined) warden.watch(launched.pid)
      return launched
    },
    async close() {
      await Promise.all(endings)
      warden.close()
      ids?.close()
      await bounds.close()
    },
  }
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
    // What stands before the program has its user and nothing more: there is no boundary that variables could cross.
    const [first, ...rest] = [
      ...(existsSync(SETPRIV) ? [SETPRIV, '--no-new-privs', '--pdeathsig', 'KILL'] : []),
      ...program,
    ]
    return launchCommand(first!, rest, { ...env, ...functionEnv }, hooks)
  }
  const { command, handover } = receiveEnv(program, functionEnv, isNativeLaunch(options))
  // The parent-death signal is set after the user is changed: a change of user clears it.
  const user = ['--reuid', String(id), '--regid', String(id), '--clear-groups', '--inh-caps=-all']
  const limits = [PRLIMIT, `--nproc=${MAX_PROCESSES}`, '--core=0', '--msgqueue=0']
  const args = [...user, '--no-new-privs', '--pdeathsig', 'KILL', ...limits, ...command]
  return launchCommand(SETPRIV, args, env, { ...hooks, handover })
}

/** Ends what escaped its process group, and takes what it left. An ID of which something stays is not used again. */
async function endUser(id: number, release: () => void): Promise<void> {
  await new Promise<void>((resolve) => killUser(id, resolve))
  await removeLeftovers([id]).then(release, () => undefined)
}

/** Ends what escaped its process group: everything that runs as `id`. */
function killUser(id: number, done: () => void): void {
  const killer = spawn(SETPRIV, ['--reuid', String(id), '--clear-groups', '/bin/sh', '-c', 'kill -9 -1'], {
    stdio: 'ignore',
    env: {},
  })
  killer.on('error', done)
  killer.on('exit', done)
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
