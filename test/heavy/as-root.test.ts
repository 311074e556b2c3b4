import { spawnSync } from 'node:child_process'
import { chmod } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { writeProject } from '../helpers/project-files.ts'
import { runRoost, startRoost } from '../helpers/roost.ts'

// Started as root where functions can get no user ID: nothing comes down to code of strangers that runs as root unless the
// operator says so. A folder that others cannot enter is all it takes.

const isRoot = process.getuid?.() === 0
if (!isRoot) console.log('Functions as root are not tried: the suite does not run as root.')

/** In a mount namespace in which bubblewrap is not a program, for `auto` to have to do with what is left. */
const withoutBubblewrap: [string, ...string[]] = [
  ...(['unshare', '--mount', 'sh', '-c'] as const),
  'for path in /usr/bin/bwrap /usr/local/bin/bwrap; do [ ! -e $path ] || mount --bind /dev/null $path || exit 9; done; exec "$@"',
  ...['sh', process.execPath, fileURLToPath(new URL('../../bin/roost.js', import.meta.url))],
]
const canHide = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0

it.runIf(canHide)('auto refuses to start, and names what is in the way', async () => {
  const dir = await makeHiddenProject()
  const { code, stderr, stdout } = await runRoost(['serve', dir, '--port', '0'], {
    command: withoutBubblewrap,
  })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain('SANDBOX_UNAVAILABLE')
  expect(stderr).toContain(`Functions would run as root: other users cannot read ${dir}`)
})

it.runIf(isRoot)('--sandbox=process says that functions run as root', async () => {
  const dir = await makeHiddenProject()
  await using roost = await startRoost(['serve', dir, '--port', '0', '--sandbox', 'process'])
  await roost.stderr.waitFor(/functions run as root, and can read and signal each other and this host/)
  const response = await fetch(`${roost.url}/.netlify/functions/who`)
  expect(await response.text()).toBe('0')
})

async function makeHiddenProject(): Promise<string> {
  const dir = await writeProject({
    'netlify/functions/who.mjs': 'export default () => new Response(String(process.getuid()))',
  })
  await chmod(dir, 0o700)
  return dir
}
