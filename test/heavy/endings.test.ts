import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FIRST_ID, takeBlock } from '../../src/compute/sandbox/id-block.ts'
import { openSandbox, type Sandbox, type SandboxSetting } from '../../src/compute/sandbox/index.ts'
import { UserIds } from '../../src/compute/sandbox/user-ids.ts'
import { listUserProcesses } from '../../src/compute/sandbox/user-processes.ts'
import { EVAL_PROGRAM, startEvalInstance } from '../helpers/eval-instance.ts'
import { createListLog, type LogLine } from '../helpers/list-log.ts'
import { readProc } from '../helpers/process-tree.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { waitFor } from '../helpers/wait.ts'

// What an instance leaves running is ended before its user ID is used again, and nothing of anybody else is touched
// (D125, D126). Only root has user IDs to give away.

const isPossible = process.getuid?.() === 0 && existsSync('/usr/bin/flock')
if (!isPossible) console.log('Endings under user IDs are not tried here: they need root and flock(1).')
const hasGcc = spawnSync('gcc', ['--version']).status === 0
if (!hasGcc) console.log('A process that forks and ends faster than one can look is not tried: no gcc here.')

const hasUserNamespaces =
  isPossible &&
  spawnSync('/usr/bin/setpriv', [...asUser(65_534), 'unshare', '-Urpf', 'true'], { cwd: '/' }).status === 0
if (!hasUserNamespaces) console.log('Namespaces of an instance are not tried: this kernel gives it none.')
const hasNamespaces = isPossible && spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0
if (!hasNamespaces) console.log("Somebody else's container is not tried: no PID namespaces here.")

const doomedHost = fileURLToPath(new URL('../helpers/doomed-host.ts', import.meta.url))

describe.runIf(isPossible).each<SandboxSetting>(['process', 'bubblewrap'])('endings in %s', (setting) => {
  let folder: string
  let sandbox: Sandbox
  /** What still ran under an ID when it was said to be ended. */
  let endings: { id: number; left: unknown[] }[]

  beforeEach(async () => {
    folder = temporaryFolder('endings')
    chmodSync(folder, 0o755)
    endings = []
    sandbox = await openSandbox({
      setting,
      scratchDir: join(folder, 'scratch'),
      sharedPaths: [EVAL_PROGRAM, process.execPath],
      onEnded: async (ids) => {
        for (const id of ids) endings.push({ id, left: listUserProcesses(id, 1) })
      },
    })
    endings = [] // those of a dead host
  })
  afterEach(async () => {
    await sandbox.close()
    // The next test has the same IDs, and zombies count against their processes until the machine's first one takes notice.
    await waitFor('the end of zombies', () => countZombies() === 0, 50_000)
  })

  /** Runs `code`, ends the instance once something of it runs, and waits for the end of all that it has started. */
  async function endAfter(code: string): Promise<void> {
    const { instance, exit, evaluate } = await startEvalInstance(sandbox)
    const id = (await evaluate('return process.getuid()')) as number
    // As root what follows would end the whole machine.
    expect(id).toBeGreaterThanOrEqual(FIRST_ID)
    const own = listUserProcesses(id, 1).map(({ pid }) => pid)
    expect(own.length).toBeGreaterThan(0)
    void evaluate(`${code}; await new Promise(() => setInterval(() => undefined, 1000))`)
    const hasStarted = (): boolean => listUserProcesses(id, 1).some(({ pid }) => !own.includes(pid))
    await waitFor('what it starts', () => hasStarted() || endings.some((ending) => ending.id === id))
    instance.kill('closing')
    await exit
    const find = () => endings.find((ending) => ending.id === id)
    expect(await waitFor('the ID to be free', find, 30_000)).toEqual({ id, left: [] })
    expect(listUserProcesses(id, 1)).toEqual([])
  }

  const inShell = (script: string): string =>
    `spawn('/usr/bin/setsid', ['/bin/sh', '-c', ${JSON.stringify(script)}], { detached: true, stdio: 'ignore' }).unref()`

  it('a daemon that kills whatever appears under its own user', async () => {
    // Which one is faster is chance: a killer with the same user lost six of ten times.
    for (let round = 0; round < 5; round++)
      await endAfter(inShell('(setsid sh -c "while :; do kill -9 -1; done" &) ; sleep 1000'))
  })

  it('a fork bomb of daemons', async () => {
    await endAfter(inShell('f() { f | f & sleep 1000; }; f'))
  })

  it('a shell that forks and ends, again and again', async () => {
    await endAfter(inShell('f() { sleep 0.02; f & }; f'))
  })

  it.runIf(hasGcc)(
    'a program that does so in sessions of its own, and hides from its own folder',
    async () => {
      const program = join(folder, 'runner')
      const source = `#define _GNU_SOURCE
      #include <signal.h>
      #include <sys/prctl.h>
      #include <unistd.h>
      int main(void) {
        signal(SIGCHLD, SIG_IGN);
        for (;;) { if (fork() > 0) _exit(0); setsid(); prctl(PR_SET_DUMPABLE, 0); }
      }`
      const { status } = spawnSync('gcc', ['-O2', '-x', 'c', '-o', program, '-'], { input: source })
      expect(status).toBe(0)
      // Within bubblewrap it is not to be seen, so it is carried in.
      const bytes = readFileSync(program).toString('base64')
      await endAfter(`fs.writeFileSync('/tmp/roost-runner', Buffer.from('${bytes}', 'base64'), { mode: 0o755 });
      spawn('/tmp/roost-runner', [], { detached: true, stdio: 'ignore' }).unref()`)
      rmSync('/tmp/roost-runner', { force: true })
    },
  )

  it.runIf(hasGcc && setting === 'process')(
    'a neighbour that makes threads without end, in many sessions, does not keep other IDs from being free',
    { timeout: 90_000 },
    async () => {
      // Every session has a share of the processor, and each thread a process number.
      const source = `#include <pthread.h>
      #include <unistd.h>
      static void *end(void *none) { return none; }
      int main(void) {
        for (int i = 1; i < 60; i++) if (fork() == 0) { setsid(); break; }
        for (;;) { pthread_t one; if (pthread_create(&one, 0, end, 0) == 0) pthread_join(one, 0); }
      }`
      const program = join(folder, 'threads')
      const { status } = spawnSync('gcc', ['-O2', '-pthread', '-x', 'c', '-o', program, '-'], {
        input: source,
      })
      expect(status).toBe(0)
      const { instance, exit, evaluate } = await startEvalInstance(sandbox)
      const id = (await evaluate('return process.getuid()')) as number
      expect(id).toBeGreaterThanOrEqual(FIRST_ID)
      void evaluate(
        `spawn(${JSON.stringify(program)}, [], { stdio: 'ignore' }); await new Promise(() => setInterval(() => undefined, 1000))`,
      )
      await waitFor('its processes', () => listUserProcesses(id, 1).length > 40, 30_000)
      await endAfter(inShell('sleep 98765'))
      instance.kill('closing')
      await exit
      await waitFor('its end', () => endings.some((ending) => ending.id === id), 30_000)
    },
  )

  it.runIf(hasUserNamespaces && setting === 'process')('what hides in namespaces of its own', async () => {
    await endAfter(inShell('exec unshare --user --map-root-user --pid --fork sleep 98764'))
  })

  it('a process whose first thread has ended is not taken for a dead one', async () => {
    const script = [
      'import ctypes, os, threading, time',
      'threading.Thread(target=lambda: time.sleep(1000)).start()',
      "ctypes.CDLL(None)['pthread_exit'](None)",
    ].join('\n')
    const python = '/usr/bin/python3'
    if (!existsSync(python)) return console.log(`Not tried: ${python} is not here.`)
    await endAfter(
      `spawn(${JSON.stringify(python)}, ['-c', ${JSON.stringify(script)}], { detached: true, stdio: 'ignore' }).unref()`,
    )
  })

  it('the host killed: what left its group ends, and the next host shares no ID with anything alive', async () => {
    const bystander = await spawnUnder(2_063_999)
    try {
      const left = `${inShell('(setsid sleep 98761 &); exec setsid sleep 98761')}; return process.getuid()`
      const host = spawn(process.execPath, [doomedHost, setting, join(folder, 'doomed'), left], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = (await once(host.stdout, 'data')) as [Buffer]
      const id = Number(String(line))
      await waitFor('its daemons', () => listUserProcesses(id, 1).length > 2)
      host.kill('SIGKILL')
      await once(host, 'exit')

      const ids = await UserIds.open() // at once, while the warden of the dead host is at work
      try {
        const taken = Array.from({ length: 1000 }, () => ids.take())
        expect(listUserProcesses(Math.min(...taken), taken.length)).toEqual([])
      } finally {
        await ids.close()
      }
      await waitFor('the end of what it left', () => listUserProcesses(id, 1).length === 0)
      expect(isAlive(bystander)).toBe(true)
    } finally {
      bystander.kill('SIGKILL')
    }
  })
})

describe.runIf(isPossible)('blocks of user IDs', () => {
  it('one with a process that no host has recorded is left alone, and named', async () => {
    const first = await UserIds.open()
    const id = first.take() + 500 // of its block, and never given out
    const stranger = await spawnUnder(id)
    try {
      await first.close()
      expect(isAlive(stranger)).toBe(true)
      const second = await UserIds.open()
      try {
        const notes = second.notes.join('\n')
        expect(notes).toContain(`process ${stranger.pid} runs under ${id}, and no host has recorded that`)
        expect(Math.floor(second.take() / 1000)).not.toBe(Math.floor(id / 1000))
      } finally {
        await second.close()
      }
      expect(isAlive(stranger)).toBe(true)
    } finally {
      stranger.kill('SIGKILL')
    }
  })

  it('what a dead host and its dead warden left under recorded IDs is ended before the block is used', async () => {
    const code = `spawn('/usr/bin/setsid', ['sleep', '98762'], { detached: true, stdio: 'ignore' }).unref(); return process.getuid()`
    const folder = temporaryFolder('endings')
    const host = spawn(process.execPath, [doomedHost, 'process', folder, code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(host.stdout, 'data')) as [Buffer]
    const id = Number(String(line))
    await waitFor('its daemon', () => listUserProcesses(id, 1).length > 1)
    for (const pid of findWardens(host.pid!)) process.kill(pid, 'SIGKILL')
    host.kill('SIGKILL')
    await once(host, 'exit')
    expect(listUserProcesses(id, 1).length).toBeGreaterThan(0)
    const ids = await UserIds.open()
    try {
      expect(listUserProcesses(id, 1)).toEqual([])
    } finally {
      await ids.close()
    }
  })

  it('an ID stays taken while its warden is dead, and a new warden ends what is there', async () => {
    const lines: LogLine[] = []
    const ids = await UserIds.open({ log: createListLog(lines) })
    try {
      const id = ids.take()
      const left = await spawnUnder(id)
      process.kill(findWardens(process.pid)[0]!, 'SIGKILL')
      // In every turn of the event loop: a new one is ready within milliseconds.
      while (ids.warden.isReady) await nextTurn()
      expect(() => ids.take()).toThrow('the warden')
      ids.release(id)
      await waitFor('the end of what it left', () => !isAlive(left))
      expect(lines.map(({ event }) => event)).toContain('warden.exit')
      expect(ids.take()).not.toBe(id)
    } finally {
      await ids.close()
    }
  })

  it.runIf(hasNamespaces)(
    "somebody else's container with the same ID is not touched: the ID is kept",
    async () => {
      const lines: LogLine[] = []
      const ids = await UserIds.open({ log: createListLog(lines) })
      const id = ids.take()
      const container = await spawnUnder(id, ['unshare', '--pid', '--fork'])
      const stranger = listUserProcesses(id, 1)[0]!
      try {
        expect(stranger.isNear).toBe(false)
        ids.release(id)
        await waitFor('the ID to be kept', () => lines.some(({ event }) => event === 'user_id.kept'))
        expect(readState(stranger.pid)).toBe('S')
        const free = Array.from({ length: 999 }, () => ids.take())
        expect(free).not.toContain(id)
        expect(() => ids.take()).toThrow('in use')
        process.kill(stranger.pid, 'SIGKILL')
        expect(await waitFor('the ID to be free', () => tryTo(() => ids.take()))).toBe(id)
      } finally {
        if (isAlive(container)) process.kill(stranger.pid, 'SIGKILL')
        await ids.close()
      }
    },
  )

  it('nobody but root can keep a host from one: not by its file, not by names of sockets', async () => {
    const script = `for (let i = 0; i < 64; i++) require('node:net').createServer().listen('\\0roost-user-ids-' + i).on('error', () => {}); console.log('held'); setInterval(() => {}, 1000)`
    const holder = spawn('/usr/bin/setpriv', [...asUser(65_534), process.execPath, '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: '/',
    })
    await once(holder.stdout, 'data')
    try {
      const ids = await UserIds.open()
      const block = Math.floor(ids.take() / 1000) * 1000
      const file = `/run/roost/user-ids/${block}`
      await ids.close()
      const lock = spawnSync('/usr/bin/setpriv', [...asUser(65_534), '/usr/bin/flock', '-n', file, 'true'], {
        encoding: 'utf8',
      })
      if (existsSync(file)) expect(lock.stderr).toContain('Permission denied')
      expect(lock.status).not.toBe(0)
    } finally {
      holder.kill('SIGKILL')
    }
  })

  it('when all are taken, the error has a code of its own and says what to do', async () => {
    const folder = temporaryFolder('endings')
    const dir = join(folder, 'user-ids')
    // Holds them all, and makes the folder.
    const refused = await takeBlock([], async () => false, [dir]).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'USER_IDS_UNAVAILABLE' })
    const descriptors = Array.from({ length: 64 }, (_, i) => openSync(join(dir, `${2000 + i}000`), 'r+'))
    for (const descriptor of descriptors)
      spawnSync('/usr/bin/flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] })
    await expect(takeBlock([], async () => true, [dir])).rejects.toMatchObject({
      code: 'USER_IDS_UNAVAILABLE',
      message: expect.stringContaining('64 are taken by other hosts'),
      hint: expect.stringContaining(dir),
    })
    for (const descriptor of descriptors) closeSync(descriptor)
  })

  it('a folder that others can enter is not used: the next one is, and the start says so', async () => {
    const folder = temporaryFolder('endings')
    const open = join(folder, 'open')
    spawnSync('mkdir', ['-m', '0777', open])
    const notes: string[] = []
    const block = await takeBlock(notes, async () => true, [open, join(folder, 'closed')])
    expect(block.file).toContain(join(folder, 'closed'))
    expect(notes[0]).toContain(open)
    block.close()
  })
})

function asUser(id: number): string[] {
  return ['--reuid', String(id), '--regid', String(id), '--clear-groups']
}

/** A process of somebody else, under an ID of the range. */
async function spawnUnder(id: number, before: string[] = []): Promise<ChildProcess> {
  const command = [...before, '/usr/bin/setpriv', ...asUser(id), '/bin/sh', '-c', 'echo up; exec sleep 98763']
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'ignore'],
    cwd: '/',
  })
  await once(child.stdout!, 'data')
  return child
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null
}

function readState(pid: number): string {
  return /^State:\t(.)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]!
}

function tryTo<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined // not yet
  }
}

function findWardens(host: number): number[] {
  const children = readFileSync(`/proc/${host}/task/${host}/children`, 'utf8').trim().split(' ')
  return children
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('warden.sh'))
}

function countZombies(): number {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    const status = readProc(`${name}/status`)
    return /^State:\s+Z/m.test(status) && Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) >= FIRST_ID
  }).length
}
