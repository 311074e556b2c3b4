import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InstanceExit } from '../../src/compute/instance/index.ts'
import { openSandbox, type Sandbox, type SandboxSetting } from '../../src/compute/sandbox/index.ts'
import { EVAL_PROGRAM, type EvalInstance, startEvalInstance } from '../helpers/eval-instance.ts'
import { sampleAssignment } from '../helpers/sample-assignment.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

// Hostile code inside real sandboxes. Which profiles exist depends on the machine: what is not there is not claimed,
// so it is not tested; `process` is there always.

const node = process.execPath

async function open(setting: SandboxSetting, scratchDir: string): Promise<Sandbox | undefined> {
  try {
    return await openSandbox({ setting, scratchDir, sharedPaths: [EVAL_PROGRAM, node] })
  } catch {
    return undefined
  }
}

const isRoot = process.getuid?.() === 0
const hasBubblewrap = await (async (): Promise<boolean> => {
  const scratch = temporaryFolder('probe')
  const sandbox = await open('bubblewrap', scratch)
  await sandbox?.close()
  return sandbox !== undefined
})()

describe.each([
  { setting: 'bubblewrap' as const, isThere: hasBubblewrap },
  { setting: 'process' as const, isThere: true },
])('sandbox $setting', ({ setting, isThere }) => {
  if (!isThere) {
    it('is not available on this machine, and --sandbox=bubblewrap says so', async () => {
      expect(await open('bubblewrap', tmpdir())).toBeUndefined()
    })
    return
  }

  let folder: string
  let sandbox: Sandbox
  let mine: EvalInstance
  let neighbour: EvalInstance
  const exits: Promise<InstanceExit>[] = []

  beforeAll(async () => {
    folder = temporaryFolder('sandbox')
    chmodSync(folder, 0o755) // where an artifact lies must be reachable for the users that instances run as
    sandbox = (await open(setting, join(folder, 'scratch')))!
    for (const name of ['mine', 'other']) {
      mkdirSync(join(folder, 'artifact', name), { recursive: true })
      writeFileSync(join(folder, 'artifact', name, 'code.mjs'), `export default '${name}'`)
    }
    mkdirSync(join(folder, 'data'), { mode: 0o700 })
    writeFileSync(join(folder, 'data', 'secret'), 'the data folder', { mode: 0o600 })
    mine = await start('mine')
    neighbour = await start('other')
  })

  afterAll(async () => {
    mine.instance.kill('closing')
    neighbour.instance.kill('closing')
    await Promise.all(exits)
    await sandbox.close()
  })

  async function start(name: string, network: 'all' | 'none' = 'all'): Promise<EvalInstance> {
    const started = await startEvalInstance(sandbox, { env: { SEEN: name }, memoryMb: 256, network })
    exits.push(started.exit)
    const rootPath = join(folder, 'artifact', name)
    const own = { functionName: name, entryPath: join(rootPath, 'code.mjs'), rootPath, memoryMb: 256 }
    await started.instance.assign(
      sampleAssignment({ ...own, env: { SECRET: `secret of ${name}` } }),
      rootPath,
    )
    return started
  }

  it('lets a function read its own code, at the path it was given', async () => {
    expect(await mine.evaluate(`return fs.readFileSync(assignment.entryPath, 'utf8')`)).toBe(
      `export default 'mine'`,
    )
  })

  it('gives it nothing of the host in its environment', async () => {
    const names = (await mine.evaluate('return Object.keys(process.env)')) as string[]
    expect(names.filter((name) => !['PATH', 'SEEN', 'PWD', 'OLDPWD', '_', 'SHLVL'].includes(name))).toEqual(
      [],
    )
  })

  it('gives it no descriptor but its own four', async () => {
    // Node opens some of its own; none of them may be a file or a listening socket of ours.
    const files = (await mine.evaluate(
      `return fs.readdirSync('/proc/self/fd').map((fd) => { try { return fs.readlinkSync('/proc/self/fd/' + fd) } catch { return '' } })`,
    )) as string[]
    expect(
      files.filter((file) => file.startsWith('/') && !/^\/(dev\/null|dev\/urandom|proc\/\d+\/fd)/.test(file)),
    ).toEqual([])
  })

  it('does not let it write its own code', async () => {
    const answer = await mine.evaluate(`fs.writeFileSync(assignment.entryPath, 'evil'); return 'written'`)
    if (setting === 'process' && !isRoot) return // same user: docs/security.md says so
    expect(answer).toMatch(/^refused: (EROFS|EACCES)/)
  })

  it('does not let it gain privileges', async () => {
    const status = (await mine.evaluate(`return fs.readFileSync('/proc/self/status', 'utf8')`)) as string
    expect(status).toMatch(/CapEff:\s+0{16}/)
    expect(status).toMatch(/NoNewPrivs:\s+1/)
    if (isRoot) expect(status).not.toMatch(/^Uid:\s+0\s/m)
  })

  const hasOwnUser = isRoot || setting === 'bubblewrap'

  it.runIf(hasOwnUser)('does not let it signal the host or its neighbour', async () => {
    expect(await mine.evaluate(`process.kill(${process.pid}, 'SIGTERM'); return 'sent'`)).toMatch(
      /^refused: (EPERM|ESRCH)/,
    )
    const answer = await mine.evaluate(`process.kill(${neighbour.instance.pid}, 'SIGKILL'); return 'sent'`)
    expect(answer).toMatch(/^refused: (EPERM|ESRCH)/)
    expect(await neighbour.evaluate('return 1')).toBe(1)
  })

  it.runIf(hasOwnUser)(
    "does not let it read the host's or a neighbour's environment and memory",
    async () => {
      for (const pid of [process.pid, neighbour.instance.pid])
        for (const file of ['environ', 'mem', 'maps']) {
          const answer = await mine.evaluate(
            `return fs.readFileSync('/proc/${pid}/${file}', 'latin1').slice(0, 10)`,
          )
          // In a namespace of its own another process may carry that number: its own, which is not a secret.
          if (typeof answer === 'string' && answer.startsWith('refused'))
            expect(answer).toMatch(/EACCES|EPERM|ENOENT|ESRCH|EIO/)
          else expect(setting).toBe('bubblewrap')
        }
    },
  )

  it.runIf(hasOwnUser)('does not let it read the data folder', async () => {
    const answer = await mine.evaluate(
      `return fs.readFileSync(${JSON.stringify(join(folder, 'data/secret'))}, 'utf8')`,
    )
    expect(answer).toMatch(/^refused: (EACCES|ENOENT)/)
  })

  it.runIf(setting === 'bubblewrap')(
    "does not let it see another function's files, or the host's",
    async () => {
      const other = join(folder, 'artifact/other/code.mjs')
      expect(await mine.evaluate(`return fs.readFileSync(${JSON.stringify(other)}, 'utf8')`)).toBe(
        'refused: ENOENT',
      )
      expect(
        await mine.evaluate(
          `return fs.existsSync('/etc/passwd') || fs.existsSync('/root') || fs.existsSync('/home')`,
        ),
      ).toBe(false)
      expect(
        await mine.evaluate(`return fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length`),
      ).toBeLessThan(5)
    },
  )

  it.runIf(setting === 'bubblewrap')('gives it a /tmp of its own', async () => {
    await mine.evaluate(`fs.writeFileSync('/tmp/mine', 'x')`)
    expect(await neighbour.evaluate(`return fs.existsSync('/tmp/mine')`)).toBe(false)
    expect(existsSync('/tmp/mine')).toBe(false)
  })

  it.runIf(isRoot)('bounds the processes it can start', async () => {
    const bomber = await start('mine')
    const answer = await bomber.evaluate(`let failed = 0; const all = [];
       for (let i = 0; i < 150; i++) { const child = spawn('/bin/sleep', ['60']); child.on('error', () => failed++); all.push(child) }
       await new Promise((done) => setTimeout(done, 300));
       const alive = all.filter((child) => child.pid !== undefined).length;
       return { alive, failed }`)
    expect(answer).toMatchObject({ alive: expect.toSatisfy((alive: number) => alive < 100) })
    bomber.instance.kill('closing')
    await exits.at(-1)
  })

  it('cuts the network of a function that asks for none, or refuses to start it', async () => {
    const server = createServer((socket) => socket.end('reached'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const connect = `return await new Promise((done, fail) => {
      const socket = require('node:net').connect(${port}, '127.0.0.1'); let text = '';
      socket.on('data', (chunk) => (text += chunk)); socket.on('end', () => done(text)); socket.on('error', fail)
    })`
    expect(await mine.evaluate(connect)).toBe('reached')
    if (setting === 'bubblewrap') {
      const cut = await start('mine', 'none')
      expect(await cut.evaluate(connect)).toBe('refused: ECONNREFUSED')
      cut.instance.kill('closing')
      await exits.at(-1)
    } else await expect(start('mine', 'none')).rejects.toThrow('needs bubblewrap')
    server.close()
  })

  it('takes what it left running with it', async () => {
    const forker = await start('mine')
    await forker.evaluate(
      `spawn('/bin/sh', ['-c', 'exec sleep 98765'], { detached: ${isRoot || setting === 'bubblewrap'}, stdio: 'ignore' }).unref()`,
    )
    await expect.poll(() => countProcesses('sleep 98765')).toBe(1)
    forker.instance.kill('closing')
    await exits.at(-1)
    await expect.poll(() => countProcesses('sleep 98765'), { timeout: 5000 }).toBe(0)
  })

  it('leaves no orphan when the host is killed, not even one that loops or is stopped', async () => {
    const script = fileURLToPath(new URL('../helpers/orphan-host.ts', import.meta.url))
    const host = spawn(node, [script, setting, join(folder, 'orphans')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pids = await new Promise<number[]>((resolve) => {
      let text = ''
      host.stdout.on('data', (chunk: Buffer) => {
        text += chunk
        if (text.includes('\n')) resolve(JSON.parse(text) as number[])
      })
    })
    expect(pids).toHaveLength(2)
    host.kill('SIGKILL')
    await expect.poll(() => pids.filter(isAlive), { timeout: 5000 }).toEqual([])
  })
})

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function countProcesses(command: string): number {
  let count = 0
  for (const name of readdirNumbers('/proc')) {
    try {
      if (readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim() === command) count++
    } catch {
      // ended meanwhile
    }
  }
  return count
}

function readdirNumbers(path: string): string[] {
  return readdirSync(path).filter((name) => /^\d+$/.test(name))
}
