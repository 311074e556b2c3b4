import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ask } from '../helpers/http.ts'
import { Lines } from '../helpers/lines.ts'
import { writeProject } from '../helpers/project-files.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { waitFor } from '../helpers/wait.ts'

// Nobody reads what the server says: the reader is dead, has stopped, or has no room. It goes on serving.

const BIN = fileURLToPath(new URL('../../bin/roost.js', import.meta.url))
const FUNCTIONS = {
  'netlify/functions/talk.mjs': `
    const line = 'x'.repeat(1000)
    export default () => { for (let i = 0; i < 1000; i++) console.log(line); return new Response('said') }`,
  'netlify/functions/word.mjs': `export default () => { console.log('a word'); return new Response('said') }`,
}
const LOST = /(\d+) log lines were dropped/

let dir: string
let remove: () => Promise<void>
beforeAll(async () => {
  dir = await writeProject(FUNCTIONS, (own) => {
    remove = own
  })
  // Later starts find it built.
  spawnSync(process.execPath, [BIN, 'build', dir])
})
afterAll(() => remove())

interface Served {
  child: ChildProcess
  call(name: string): Promise<string>
  /** How many lines have been lost, as /metrics says. */
  countLost(): Promise<number>
  readMemoryMb(): number
  /** Sends the signal, and says with what code it ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

interface ServeOptions {
  /** Comes before the command. */
  within?: string[]
  flags?: string[]
}

/** A server whose stderr is `stderr`; its stdout is read until it is ready. */
async function serve(
  stderr: 'pipe' | 'ignore' | number,
  { within = [], flags = [] }: ServeOptions = {},
): Promise<Served> {
  const data = temporaryFolder('data')
  const adminPort = await findFreePort()
  const args = [BIN, 'serve', dir, '--port', '0', '--admin-port', String(adminPort), '--data', data, ...flags]
  const [program, ...rest] = [...within, process.execPath, ...args]
  const child = spawn(program!, rest, {
    stdio: ['pipe', 'pipe', stderr],
    env: { ...process.env, ROOST_LOG_BYTES_PER_SECOND: '1000000000' },
  })
  const ended = once(child, 'exit') as Promise<[number | null]>
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const [, url] = /(http[^"\s]+)/.exec(
    await new Lines(child.stdout!).waitFor(/^Roost ready|"event":"ready"/),
  )!
  const authorization = `Bearer ${readFileSync(join(data, 'admin-token'), 'utf8').trim()}`
  return {
    child,
    call: async (name) => (await ask(`${url}/.netlify/functions/${name}`)).body,
    async countLost() {
      const { body } = await ask(`http://127.0.0.1:${adminPort}/metrics`, { headers: { authorization } })
      return Number(/^roost_log_lines_lost_total (\d+)$/m.exec(body)?.[1])
    },
    readMemoryMb: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return (await ended)[0]
    },
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Without a reader until one comes: whoever opens it for reading is the next. */
function makeFifo(): string {
  const folder = temporaryFolder('fifo')
  execFileSync('mkfifo', [join(folder, 'log')])
  return join(folder, 'log')
}

/** A reader of a named pipe that is a process of its own, so that it can be stopped and killed. */
function readFifo(path: string): { reader: ChildProcess; lines: Lines } {
  const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void reader.kill('SIGKILL'))
  return { reader, lines: new Lines(reader.stdout!) }
}

describe('a server', () => {
  it('goes on when its readers have died, and ends in order', async () => {
    const server = await serve('pipe')
    server.child.stdout!.destroy()
    server.child.stderr!.destroy()
    for (let i = 0; i < 3; i++) expect(await server.call('word')).toBe('said')
    await waitFor('lost lines', async () => (await server.countLost()) >= 3)
    expect(await server.stop()).toBe(0)
  })

  it('says how much was lost once there is a reader again', async () => {
    const fifo = makeFifo()
    const first = readFifo(fifo)
    const fd = openSync(fifo, 'w')
    const server = await serve(fd, { flags: ['--json'] }).finally(() => closeSync(fd))
    expect(await server.call('word')).toBe('said')
    await first.lines.waitFor(/a word/)
    first.reader.kill('SIGKILL')
    await once(first.reader, 'exit')
    for (let i = 0; i < 3; i++) await server.call('word')
    await waitFor('lost lines', async () => (await server.countLost()) >= 3)
    const second = readFifo(fifo)
    const line = await waitFor('the count', async () => {
      await server.call('word')
      return second.lines.all.find((each) => LOST.test(each))
    })
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', event: 'log.lost', lines: expect.any(Number) })
    for (const each of second.lines.all.filter(Boolean)) JSON.parse(each)
    await second.lines.waitFor(/a word/)
    expect(await server.stop()).toBe(0)
  })

  it('goes on when its reader stops, in bounded memory, and says what was lost when it reads again', async () => {
    const fifo = makeFifo()
    const { reader, lines } = readFifo(fifo)
    const fd = openSync(fifo, 'w')
    const server = await serve(fd).finally(() => closeSync(fd))
    for (let i = 0; i < 20; i++) await server.call('talk')
    reader.kill('SIGSTOP')
    await server.call('talk')
    const beforeMb = server.readMemoryMb()
    for (let i = 0; i < 60; i++) expect(await server.call('talk')).toBe('said')
    await waitFor('lost lines', async () => (await server.countLost()) > 40_000)
    // 60 MB were said.
    expect(server.readMemoryMb() - beforeMb).toBeLessThan(40)
    reader.kill('SIGCONT')
    await waitFor('the count', async () => {
      await server.call('word')
      return lines.all.some((line) => LOST.test(line))
    })
    const said = lines.all.reduce((sum, line) => sum + Number(LOST.exec(line)?.[1] ?? 0), 0)
    expect(said).toBe(await server.countLost())
    expect(await server.stop()).toBe(0)
  })

  it('ends on SIGTERM though its reader has stopped', async () => {
    const server = await serve('pipe')
    for (let i = 0; i < 3; i++) await server.call('talk')
    await waitFor('lost lines', async () => (await server.countLost()) > 0)
    expect(await server.stop()).toBe(0)
  })

  it('goes on when the disk is full', async () => {
    const fd = openSync('/dev/full', 'w')
    const server = await serve(fd).finally(() => closeSync(fd))
    for (let i = 0; i < 3; i++) expect(await server.call('word')).toBe('said')
    await waitFor('lost lines', async () => (await server.countLost()) >= 3)
    expect(await server.stop()).toBe(0)
  })

  it('writes again when the disk has room again', async ({ skip }) => {
    const folder = temporaryFolder('disk')
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]).status !== 0)
      return skip('a file system of its own needs root')
    onTestFinished(() => void spawnSync('umount', ['-l', folder]))
    const [log, filler] = [join(folder, 'log'), join(folder, 'filler')]
    writeFileSync(filler, Buffer.alloc(100_000))
    const fd = openSync(log, 'a')
    const server = await serve(fd).finally(() => closeSync(fd))
    await server.call('talk')
    await waitFor('lost lines', async () => (await server.countLost()) > 500)
    rmSync(filler)
    await waitFor('the count', async () => {
      await server.call('word')
      return LOST.test(readFileSync(log, 'utf8'))
    })
    expect(await server.stop()).toBe(0)
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends in order on %s', async (signal) => {
    const server = await serve('ignore')
    expect(await server.call('word')).toBe('said')
    expect(await server.stop(signal)).toBe(0)
  })
})

/** Runs a command whose stderr is a terminal that nobody reads. A line on stdin: the terminal goes. */
const TERMINAL = `
import fcntl, os, pty, signal, sys, termios
master, slave = pty.openpty()
child = os.fork()
if child == 0:
    if sys.argv[1] == 'controlling':
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    os.dup2(slave, 2)
    os.close(master)
    os.close(slave)
    os.execvp(sys.argv[2], sys.argv[2:])
os.close(slave)
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
sys.stdin.readline()
os.close(master)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
`
const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.log('skipped: terminals need python3')

describe.skipIf(!hasPython)('a server at a terminal', () => {
  const serveAt = async (kind: string): Promise<Served> => {
    const server = await serve('ignore', { within: ['python3', '-c', TERMINAL, kind] })
    for (let i = 0; i < 5; i++) expect(await server.call('talk')).toBe('said')
    await waitFor('lost lines', async () => (await server.countLost()) > 1000)
    return server
  }

  it('goes on when the terminal is stopped, and ends in order when it is closed', async () => {
    const server = await serveAt('controlling')
    const ended = once(server.child, 'exit')
    server.child.stdin!.end('\n')
    expect(await ended).toEqual([0, null])
  })

  it('goes on when the terminal has gone without a word', async () => {
    const server = await serveAt('other')
    server.child.stdin!.end('\n')
    const before = await server.countLost()
    await waitFor('more lost lines', async () => {
      expect(await server.call('word')).toBe('said')
      return (await server.countLost()) > before + 3
    })
    expect(await server.stop()).toBe(0)
  })
})

describe('a command that ends by itself', () => {
  const run = (script: string) =>
    spawnSync('/bin/bash', ['-c', script, process.execPath, BIN, dir], { encoding: 'utf8' })

  it.each([
    ['functions:list', 0],
    ['build', 0],
    ['check', 0],
  ])('%s ends without a word when nobody reads its output', (command, code) => {
    // The reader has gone before there is anything to read.
    const { stdout, stderr } = run(`"$0" "$1" ${command} "$2" 2>/dev/null | true; echo "\${PIPESTATUS[0]}"`)
    expect([stdout, stderr]).toEqual([`${code}\n`, ''])
    const both = run(`"$0" "$1" ${command} "$2" 2>&1 | true; echo "\${PIPESTATUS[0]}"`)
    expect([both.stdout, both.stderr]).toEqual([`${code}\n`, ''])
  })

  it('its talk does not speak of it either', () => {
    const { stderr } = run(`"$0" "$1" functions:list --json "$2" | true`)
    expect(stderr).toBe('')
  })

  it('fails when its output cannot be stored', () => {
    const { stdout, stderr } = run(`"$0" "$1" functions:list --json "$2" > /dev/full; echo "$?"`)
    expect(stdout).toBe('1\n')
    expect(stderr).toMatch(/^error OUTPUT_REFUSED: The output could not be written: no space left/)
    expect(stderr).not.toMatch(/^ +at /m)
  })
})
