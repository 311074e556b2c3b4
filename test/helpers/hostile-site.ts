import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeProject } from './project-files.ts'
import { type Roost, startRoost } from './roost.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Who runs the host, and in which profile: not every machine has all of them. */
export interface Place {
  name: string
  sandbox: 'process' | 'bubblewrap'
  /** Undefined: whoever runs the tests. */
  user?: number
}

const BIN = fileURLToPath(new URL('../../bin/roost.js', import.meta.url))
/** An ordinary user that no machine has: root can become one. */
const ORDINARY_USER = 54_321

/** The places that this machine has. What it has not is printed. */
export function listPlaces(): Place[] {
  const isRoot = process.getuid?.() === 0
  const places: Place[] = [
    ...(isRoot ? [{ name: 'process as root', sandbox: 'process' as const }] : []),
    { name: isRoot ? 'bubblewrap as root' : 'bubblewrap', sandbox: 'bubblewrap' },
    ...(isRoot
      ? [{ name: 'bubblewrap as an ordinary user', sandbox: 'bubblewrap' as const, user: ORDINARY_USER }]
      : []),
  ]
  if (!isRoot) console.log('Hosts that run as root are not tried here: the tests do not run as root.')
  return places.filter((place) => {
    const isThere = place.sandbox === 'process' || hasBubblewrap(place)
    if (!isThere) console.log(`Not tried here: ${place.name}, which this machine does not allow.`)
    return isThere
  })
}

/** `roost serve` of these functions, sources by name, in `place`: a project of its own, removed when it has stopped. */
export async function serveIn(
  place: Place,
  functions: Record<string, string>,
  env: Record<string, string> = {},
): Promise<Roost> {
  let remove: () => Promise<void> = () => Promise.resolve()
  const files = Object.entries(functions).map(([name, code]) => [`netlify/functions/${name}.mjs`, code])
  const dir = await writeProject(Object.fromEntries(files), (whenDone) => {
    remove = whenDone
  })
  chmodSync(dir, 0o777) // whoever the host is builds in it, and the users of instances must get through
  const args = ['serve', dir, '--port', '0', '--sandbox', place.sandbox]
  const roost = await startRoost(args, {
    env: { HOME: dir, ...env },
    ...(place.user !== undefined && {
      command: ['setpriv', ...toUserArgs(place.user), process.execPath, BIN],
    }),
  })
  return {
    ...roost,
    [Symbol.asyncDispose]: async () => {
      await roost.stop()
      await remove()
    },
  }
}

/** A C program of test/fixtures, compiled; undefined where there is no compiler. */
export function compile(source: string): Uint8Array | undefined {
  const dir = temporaryFolder('compiled')
  const { status } = spawnSync('cc', ['-O1', '-w', '-o', join(dir, 'program'), source])
  return status === 0 ? readFileSync(join(dir, 'program')) : undefined
}

function hasBubblewrap({ user }: Place): boolean {
  const isUser = user !== undefined || process.getuid?.() !== 0
  const args = [
    ...(user === undefined ? [] : ['setpriv', ...toUserArgs(user)]),
    ...['bwrap', '--unshare-pid', ...(isUser ? ['--unshare-user'] : []), '--ro-bind', '/', '/', 'true'],
  ]
  return spawnSync('/usr/bin/env', args, { stdio: 'ignore' }).status === 0
}

function toUserArgs(user: number): string[] {
  return ['--reuid', String(user), '--regid', String(user), '--clear-groups']
}
