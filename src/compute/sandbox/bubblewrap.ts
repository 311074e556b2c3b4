import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readlinkSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import {
  isNativeLaunch,
  type LaunchOptions,
  launchCommand,
  receiveEnv,
  toNodeArgs,
} from '../process/index.ts'
import { type Bounds, takeBoth } from './bounds.ts'
import { makeCallFilter } from './call-filter.ts'
import { canLockBlocks } from './id-block.ts'
import { MAX_PROCESSES, SHM_BYTES, TMP_BYTES } from './instance-sizes.ts'
import { linkTree } from './link-tree.ts'
import type { Sandbox } from './sandbox.ts'
import type { UserIds } from './user-ids.ts'

/** How bubblewrap can be used here: as root with a user ID per instance, or with a user namespace. */
export type BubblewrapMode = 'own-user' | 'user-namespace'

/** Never looked for in a PATH: it may run as root. */
const BWRAP = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap'].find((path) => existsSync(path)) ?? ''
/** Where an instance finds its function's files, always, as on Lambda: people write the path down (D137). */
const TASK_ROOT = '/var/task'
/** What user code gets to see of /etc: how names are resolved, certificates, time zone. No accounts. */
const ETC = [
  'ssl',
  'ca-certificates',
  'pki',
  'resolv.conf',
  'hosts',
  'host.conf',
  'nsswitch.conf',
  'gai.conf',
  'localtime',
  'ld.so.cache',
  'alternatives',
]

/**
 * Tries bubblewrap with everything a launch uses: it is often installed and yet forbidden.
 * @returns undefined when it does not work here.
 */
export function detectBubblewrap(): BubblewrapMode | undefined {
  if (BWRAP === '') return undefined
  const isRoot = process.getuid?.() === 0
  if (
    isRoot &&
    existsSync('/usr/bin/setpriv') &&
    existsSync('/usr/bin/prlimit') &&
    canLockBlocks() &&
    works('own-user')
  )
    return 'own-user'
  return works('user-namespace') ? 'user-namespace' : undefined
}

export function canCutNetwork(mode: BubblewrapMode): boolean {
  return works(mode, ['--unshare-net'])
}

function works(mode: BubblewrapMode, extra: string[] = [], filter?: string): boolean {
  const args = [
    ...toNamespaceArgs(mode),
    ...extra,
    ...toSystemArgs(),
    ...toPrivilegeArgs(mode),
    ...toFilterArgs(filter),
    '--',
    '/usr/bin/true',
  ]
  return withFile(
    filter,
    (files) =>
      spawnSync(BWRAP, args, {
        stdio: ['ignore', 'ignore', 'ignore', 'ignore', ...files],
        timeout: 5000,
        env: {},
      }).status === 0,
  )
}

/** Written for `bwrap` to read, once for each launch. @returns undefined where the kernel or bubblewrap takes none. */
function prepareFilter(mode: BubblewrapMode, scratchDir: string, bounds: Bounds): string | undefined {
  const filter = makeCallFilter(bounds.limitsMemory)
  if (filter === undefined) return undefined
  const path = join(scratchDir, 'calls.bpf')
  writeFileSync(path, filter, { mode: 0o600 })
  return works(mode, [], path) ? path : undefined
}

/**
 * Sandbox profile `bubblewrap`: user or pid, ipc, uts and mount namespaces, a read-only system, the function's own
 * files at `/var/task`, a private `/tmp`, no capabilities, no new privileges. The process starts before its function
 * is known: the folder bound at `/var/task` is empty then and is filled by `admit`, from outside.
 *
 * @param scratchDir a folder of this host alone; each instance gets one below it while it lives.
 * @param ids one for each instance, in the mode `own-user`. Closed with the sandbox, as are `bounds`.
 */
export function createBubblewrap(
  mode: BubblewrapMode,
  scratchDir: string,
  ids: UserIds | undefined,
  bounds: Bounds,
): Sandbox {
  const hasNetworkNamespace = canCutNetwork(mode)
  const filter = prepareFilter(mode, scratchDir, bounds)
  let last = 0
  return {
    profile: 'bubblewrap',
    gaps: [
      ...(mode === 'own-user' || bounds.limitsProcesses
        ? []
        : ['the number of processes of an instance is not limited (it has no user ID of its own)']),
      ...(hasNetworkNamespace
        ? []
        : ['functions with network = "none" do not start (this machine has no network namespaces)']),
      ...(filter !== undefined || bounds.limitsMemory
        ? []
        : [
            'memory in user namespaces and System V segments is not counted (no filter of system calls here)',
          ]),
      'functions reach the network of this machine, the metadata address of a cloud included',
    ],
    bounds: bounds.text,
    notes: ids?.notes ?? [],
    launch(options) {
      if (options.network === 'none' && !hasNetworkNamespace)
        throw new Error('this machine cannot cut the network of one process')
      const folder = join(scratchDir, String(++last))
      mkdirSync(folder, { recursive: true, mode: 0o755 })
      const { command, handover } = toProgramCommand(options)
      const launched = withFile(filter, (files) => {
        const [id, leaf] = takeBoth(ids, () => bounds.makeLeaf(options.memoryMb)) // the process gives them back
        return launchCommand(BWRAP, toArgs(mode, options, folder, filter, id, command), options.env, {
          handover,
          async admit(rootPath) {
            if (!isNativeLaunch(options)) await linkTree(rootPath, folder)
            return TASK_ROOT
          },
          onReleased() {
            if (launched.pid !== undefined) ids?.warden.forget(launched.pid)
            if (id !== undefined) ids?.release(id)
            void rm(folder, { recursive: true, force: true })
          },
          bounds: leaf,
          files,
          toSignal,
        })
      })
      if (launched.pid !== undefined) ids?.warden.watch(launched.pid)
      return launched
    },
    async close() {
      await ids?.close()
      await bounds.close()
      await rm(scratchDir, { recursive: true, force: true })
    },
  }
}

function toArgs(
  mode: BubblewrapMode,
  options: LaunchOptions,
  folder: string,
  filter: string | undefined,
  id: number | undefined,
  command: readonly string[],
): string[] {
  return [
    ...toNamespaceArgs(mode),
    ...(options.network === 'none' ? ['--unshare-net'] : []),
    ...toSystemArgs(),
    ...toFileArgs(options, folder),
    ...toPrivilegeArgs(mode),
    ...toFilterArgs(filter),
    '--',
    ...(id === undefined ? [] : toUserCommand(id)),
    ...command,
  ]
}

/** What runs within, and what is handed over to it: bubblewrap stands outside, so it sees nothing of the function's. */
function toProgramCommand(options: LaunchOptions): ReturnType<typeof receiveEnv> {
  if (!isNativeLaunch(options)) {
    const command = ['/opt/roost/node', ...toNodeArgs('/opt/roost/runtime.cjs', options.memoryMb)]
    return receiveEnv(command, options.functionEnv, false)
  }
  const functionEnv = { ...options.functionEnv, LAMBDA_TASK_ROOT: TASK_ROOT }
  return receiveEnv([join(TASK_ROOT, options.entry)], functionEnv, true)
}

/** What is there beside the system: Node, the runtime and an empty folder to be filled; or a function that is known. */
function toFileArgs(options: LaunchOptions, folder: string): string[] {
  if (isNativeLaunch(options))
    return ['--ro-bind', options.rootPath, TASK_ROOT, '--remount-ro', '/', '--chdir', TASK_ROOT]
  return [
    ...['--ro-bind', folder, TASK_ROOT],
    ...['--ro-bind', options.node, '/opt/roost/node'],
    ...['--ro-bind', options.program, '/opt/roost/runtime.cjs'],
    ...['--remount-ro', '/', '--chdir', TASK_ROOT],
  ]
}

function toNamespaceArgs(mode: BubblewrapMode): string[] {
  return [
    ...['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
    ...(mode === 'user-namespace' ? ['--unshare-user', '--uid', '1000', '--gid', '1000'] : []),
  ]
}

function toPrivilegeArgs(mode: BubblewrapMode): string[] {
  // As root the way out of root is still to be gone: setpriv needs two capabilities and leaves none behind.
  return [
    '--cap-drop',
    'ALL',
    ...(mode === 'own-user' ? ['--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID'] : []),
  ]
}

/** The first descriptor that a launch passes on; bubblewrap reads it to its end and closes it. */
function toFilterArgs(filter: string | undefined): string[] {
  return filter === undefined ? [] : ['--seccomp', '4']
}

/** Opened for each launch anew: who inherits a descriptor shares its position. */
function withFile<T>(path: string | undefined, use: (files: number[]) => T): T {
  if (path === undefined) return use([])
  const file = openSync(path, 'r')
  try {
    return use([file])
  } finally {
    closeSync(file)
  }
}

function toUserCommand(id: number): string[] {
  return [
    ...['/usr/bin/setpriv', '--reuid', String(id), '--regid', String(id), '--clear-groups'],
    ...['--inh-caps=-all', '--no-new-privs'],
    ...['/usr/bin/prlimit', `--nproc=${MAX_PROCESSES}`, '--core=0', '--msgqueue=0'],
  ]
}

/** The system, read-only, as this distribution lays it out; folders that bubblewrap makes itself are 0700, so name them. */
function toSystemArgs(): string[] {
  const top = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap((path) => {
    if (!existsSync(path)) return []
    return lstatSync(path).isSymbolicLink()
      ? ['--symlink', readlinkSync(path), path]
      : ['--ro-bind', path, path]
  })
  return [
    ...['--ro-bind', '/usr', '/usr', ...top],
    ...['--dir', '/etc', ...ETC.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`])],
    // `--dev` is a file system in memory without a size, writable for whoever owns the user namespace.
    ...['--proc', '/proc', '--dev', '/dev', ...toTmpfsArgs('/dev/shm', SHM_BYTES), '--remount-ro', '/dev'],
    ...['--dir', '/opt', '--dir', '/opt/roost', '--dir', '/var'],
    ...toTmpfsArgs('/tmp', TMP_BYTES),
  ]
}

function toTmpfsArgs(path: string, bytes: number): string[] {
  return ['--perms', '1777', '--size', String(bytes), '--tmpfs', path]
}

/** What the runtime exits with when nobody catches an error, after AWS's: SIGHUP, which nobody sends, is not meant. */
const UNCAUGHT_EXCEPTION = 129

/** Bubblewrap reports the signal that ended its child as 128 plus its number. */
function toSignal(code: number): NodeJS.Signals | undefined {
  if (code <= 128 || code === UNCAUGHT_EXCEPTION) return undefined
  const found = Object.entries(constants.signals).find(([, number]) => number === code - 128)
  return found?.[0] as NodeJS.Signals | undefined
}
