import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { MemoryWatch } from '../../src/compute/memory/index.ts'
import { ProcessTable } from '../../src/compute/process/index.ts'

const USER = '2063997'
const asUser = ['--reuid', USER, '--regid', USER, '--clear-groups', '--no-new-privs']
const isPossible =
  process.getuid?.() === 0 &&
  spawnSync('/usr/bin/setpriv', [...asUser, 'unshare', '-Urm', 'true'], { cwd: '/' }).status === 0
if (!isPossible)
  console.log('A /tmp that an instance has mounted is not tried here: it takes root and user namespaces.')

it.runIf(isPossible)('does not look into file systems that an instance has mounted itself', async () => {
  const mount =
    'mount -t tmpfs none /tmp && head -c 20000000 /dev/zero > /tmp/held && echo mounted && exec sleep 1000'
  const child = spawn(
    '/usr/bin/setpriv',
    [...asUser, '/bin/sh', '-c', `unshare -Urm sh -c '${mount}' & wait`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
      cwd: '/',
    },
  )
  const processes = new ProcessTable()
  const watch = new MemoryWatch(processes)
  try {
    await once(child.stdout, 'data')
    await processes.refresh()
    expect(processes.list(child.pid!).length).toBeGreaterThan(1)
    expect(watch.read(child.pid!)).toMatchObject({ tmpBytes: 0, files: 0 })
  } finally {
    watch.close()
    process.kill(-child.pid!, 'SIGKILL')
  }
})
