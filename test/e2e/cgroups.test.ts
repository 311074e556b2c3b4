import { spawn } from 'node:child_process'
import { chmodSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openSandbox, type Sandbox, type SandboxSetting } from '../../src/compute/sandbox/index.ts'
import { enableControllers, enter, enterOwnGroup, findCgroupMount, readText } from '../helpers/cgroup.ts'
import { EVAL_PROGRAM, type EvalInstance, startEvalInstance } from '../helpers/eval-instance.ts'
import { isRunning, readProcessTree } from '../helpers/process-tree.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { waitFor } from '../helpers/wait.ts'

// Limits that the kernel keeps, on a kernel that keeps them. `pids`, `cpu` and `memory` are needed: on machines where
// cgroup version 1 holds them nothing here can be tried, and no profile claims it.

const CONTROLLERS = ['memory', 'pids', 'cpu']
const orphanHost = fileURLToPath(new URL('../helpers/orphan-host.ts', import.meta.url))
const node = process.execPath
const mount = findCgroupMount(CONTROLLERS)
if ('missing' in mount) console.log(`Limits by cgroup are not tried here: ${mount.missing}.`)
const root = 'root' in mount ? mount.root : ''

/** Half a gigabyte to fill, page by page. */
const OUT_OF_MEMORY_MS = 120_000

describe.runIf('root' in mount).each<SandboxSetting>(['bubblewrap', 'process'])(
  'cgroups around %s',
  (setting) => {
    let folder: string
    let own: ReturnType<typeof enterOwnGroup>
    let sandbox: Sandbox
    const all: EvalInstance[] = []

    beforeAll(() => enableControllers(root, CONTROLLERS))

    beforeEach(async () => {
      folder = temporaryFolder('cgroup')
      chmodSync(folder, 0o755) // the users that instances run as must get through
      own = enterOwnGroup(root)
      sandbox = await openSandbox({
        setting,
        scratchDir: join(folder, 's'),
        sharedPaths: [EVAL_PROGRAM, node],
      })
    })

    afterEach(async () => {
      for (const { instance } of all) instance.kill('closing')
      await Promise.all(all.splice(0).map(({ exit }) => exit))
      await sandbox.close()
      await own.leave()
    })

    const tree = (): string => join(own.dir, `roost-${process.pid}`)
    const leaves = (): string[] => readdirSync(tree()).filter((name) => name.startsWith('i-'))
    const readLeaf = (name: string): string => readText(join(tree(), leaves()[0]!, name)).trim()

    async function start(memoryMb = 128): Promise<EvalInstance> {
      const started = await startEvalInstance(sandbox, { memoryMb })
      all.push(started)
      return started
    }

    it('says so at start, and claims no gap that is none', () => {
      expect(sandbox.bounds).toContain('memory, number of processes, share of the processor')
      expect(sandbox.gaps.join()).not.toContain('number of processes')
    })

    it('every process of an instance is in its leaf from its first moment, the host in one of its own', async () => {
      const { instance } = await start()
      const pids = readProcessTree(instance.pid!).map(({ pid }) => pid)
      expect(readLeaf('cgroup.procs').split('\n').map(Number).toSorted()).toEqual(pids.toSorted())
      expect(readText('/proc/self/cgroup')).toMatch(new RegExp(`^0::.*/roost-${process.pid}/host$`, 'm'))
      expect(readLeaf('memory.max')).toBe(String((128 + 512 + 64) * 1024 * 1024))
      expect(readLeaf('memory.oom.group')).toBe('1')
      expect(Number(readLeaf('pids.max'))).toBe(100)
    })

    it('its share of the processor can be lowered, and is the usual one again', async () => {
      const { instance } = await start()
      expect(readLeaf('cpu.weight')).toBe('100')
      expect(instance.setNice(10)).toBe(true)
      expect(readLeaf('cpu.weight')).toBe('11')
      instance.setNice(0)
      expect(readLeaf('cpu.weight')).toBe('100')
      expect(readText(join(tree(), 'host/cpu.weight')).trim()).toBe('1000')
    })

    it('its environment does not show the way in', async () => {
      const { evaluate } = await start()
      const environment = await evaluate(`return fs.readFileSync('/proc/self/environ', 'latin1')`)
      expect(String(environment).split('\0').filter(Boolean)).toEqual(
        setting === 'process' ? ['PATH=/usr/bin:/bin'] : ['PATH=/usr/bin:/bin', 'PWD=/var/task'],
      )
    })

    it(
      'memory over its limit: the kernel ends it, it is told as out of memory, and its neighbour lives',
      async () => {
        const neighbour = await start()
        const hungry = await start(32)
        const answer = await hungry.evaluate(
          'const kept = []; for (;;) kept.push(Buffer.alloc(8 * 1024 * 1024, 1))',
          OUT_OF_MEMORY_MS,
        )
        expect(answer).toBe('Runtime.OutOfMemory')
        expect(await hungry.exit).toMatchObject({ reason: 'memory' })
        expect(await neighbour.evaluate('return 1')).toBe(1)
      },
      OUT_OF_MEMORY_MS,
    )

    it(
      'memory of a child in a session of its own, whose parent has ended, counts as well',
      async () => {
        const hungry = await start(32)
        const eat = 'const kept = []; for (;;) kept.push(Buffer.alloc(8 * 1024 * 1024, 1))'
        const answer = await hungry.evaluate(
          `spawnSync('/bin/sh', ['-c', ${JSON.stringify(`setsid "$0" -e '${eat}' &`)}, process.execPath], { stdio: 'ignore' });
         await new Promise(() => setInterval(() => {}, 1000))`,
          OUT_OF_MEMORY_MS,
        )
        expect(answer).toBe('Runtime.OutOfMemory')
      },
      OUT_OF_MEMORY_MS,
    )

    it('a fork bomb finds an end, and leaves nothing behind', async () => {
      const bomber = await start()
      // Below what the user ID of an instance allows where it has one: the kernel's count of the leaf is what is met.
      writeFileSync(join(tree(), leaves()[0]!, 'pids.max'), '50')
      await bomber.evaluate(
        `spawn('/bin/sh', ['-c', 'f() { f | f & sleep 1000; }; f'], { detached: true, stdio: 'ignore' }); return 1`,
      )
      await waitFor('the limit to be met', () => Number(/max (\d+)/.exec(readLeaf('pids.events'))?.[1]) > 0)
      expect(Number(readLeaf('pids.current'))).toBeLessThanOrEqual(50)
      const pids = readLeaf('cgroup.procs').split('\n').map(Number)
      bomber.instance.kill('closing')
      await bomber.exit
      await waitFor('the leaf to be gone', () => leaves().length === 0)
      expect(pids.flatMap((pid) => readProcessTree(pid).filter(isRunning))).toEqual([])
    })

    it('a closed host is back where it was', async () => {
      const { instance, exit } = await start()
      instance.kill('closing')
      await exit
      await sandbox.close()
      expect(readText(join(own.dir, 'cgroup.procs')).trim().split('\n')).toContain(String(process.pid))
      expect(readdirSync(own.dir).filter((name) => name.startsWith('roost-'))).toEqual([])
    })

    it('a group with others in it is left as it is', async () => {
      await sandbox.close()
      const stranger = spawn('/bin/sh', ['-c', 'setsid sleep 98765 >/dev/null & echo $!'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const pid = await new Promise<number>((resolve) =>
        stranger.stdout.on('data', (text) => resolve(Number(text))),
      )
      await new Promise((resolve) => stranger.once('exit', resolve))
      try {
        sandbox = await openSandbox({
          setting,
          scratchDir: join(folder, 's'),
          sharedPaths: [EVAL_PROGRAM, node],
        })
        expect(sandbox.bounds).toMatch(new RegExp(`not used: .* other processes too \\(process ${pid}\\)`))
        expect(readText(join(own.dir, 'cgroup.subtree_control')).trim()).toBe('')
        await start()
      } finally {
        process.kill(pid, 'SIGKILL')
        await waitFor('its end', () => readProcessTree(pid).filter(isRunning).length === 0)
      }
    })
  },
)

describe.runIf('root' in mount)("beside others in the machine's root", () => {
  it('what a killed host leaves is taken away by the next one', async () => {
    enableControllers(root, CONTROLLERS)
    enter(root)
    const folder = temporaryFolder('cgroup')
    const trees = (): string[] => readdirSync(root).filter((name) => name.startsWith('roost-'))
    const host = spawn(node, [orphanHost, 'process', folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => host.stdout.once('data', resolve))
    expect(trees()).toEqual([`roost-${host.pid}`])
    host.kill('SIGKILL')
    await new Promise((resolve) => host.once('exit', resolve))
    expect(trees()).toEqual([`roost-${host.pid}`])
    const sandbox = await openSandbox({
      setting: 'process',
      scratchDir: folder,
      sharedPaths: [EVAL_PROGRAM, node],
    })
    expect(trees()).toEqual([`roost-${process.pid}`])
    await sandbox.close()
    expect(trees()).toEqual([])
  })
})
