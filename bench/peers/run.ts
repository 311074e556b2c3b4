// `npm run bench:peers [-- --rounds 2 --seconds 3]`: what somebody could pick instead of Roost, beside Roost and the
// floor, in one run and one table. Installs the peers on first use (some 500 MB), below bench/peers.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Figures, formatTable, type Row } from '../figures.ts'
import { findLoadTool } from '../load.ts'
import { readTreeCpuMicros, readTreePssMb } from '../processes.ts'
import { startTarget } from '../targets.ts'
import { timeCall } from '../time-call.ts'

interface Peer {
  title: string
  /** Program and arguments, to listen on `port`. */
  command(port: number): string[]
  path: string
  env?: Record<string, string>
  /** Starts a process for each call: few connections, more time, and no POST, or it would answer nobody in time. */
  isSlow?: boolean
}

const HERE = fileURLToPath(new URL('.', import.meta.url))
const bin = (name: string): string => `${HERE}node_modules/.bin/${name}`
const PEERS: Peer[] = [
  {
    title: 'functions-framework',
    path: '/',
    command: (port) => [
      ...[process.execPath, bin('functions-framework'), '--target=bench', `--port=${port}`],
      '--source=functions/functions-framework.cjs',
    ],
  },
  {
    title: 'edge-runtime',
    path: '/',
    command: (port) => [
      process.execPath,
      bin('edge-runtime'),
      'functions/edge.js',
      '--listen',
      '--port',
      String(port),
    ],
  },
  {
    title: 'workerd',
    path: '/',
    command: (port) => [
      bin('workerd'),
      'serve',
      'functions/workerd.capnp',
      `--socket-addr=http=127.0.0.1:${port}`,
    ],
  },
  {
    title: 'netlify functions:serve, 2 connections',
    path: '/.netlify/functions/hello',
    isSlow: true,
    env: { NETLIFY_TELEMETRY_DISABLED: '1', CI: 'true' },
    command: (port) => [
      ...[process.execPath, bin('netlify'), 'functions:serve', '--offline', `--port=${port}`],
      '--functions=../projects/one/netlify/functions',
    ],
  },
]

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '2' }, seconds: { type: 'string', default: '3' } },
})
const USUAL = { connections: 32, seconds: Number(flags.seconds) }
const SLOW = { connections: 2, seconds: Math.max(10, USUAL.seconds) }
const tool = findLoadTool()
const rows = new Map<string, Row>()

// npm writes this file last: an installation that was broken off is made again.
if (!existsSync(`${HERE}node_modules/.package-lock.json`)) {
  console.error('installing the peers …')
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
    cwd: HERE,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(1)
}
for (let round = 0; round < Number(flags.rounds); round++) {
  const floor = await startTarget('floor')
  try {
    const floorGet = await measure(floor.functionUrl('hello'), floor.pid, 'GET')
    const floorPost = await measure(floor.functionUrl('echo'), floor.pid, 'POST')
    const add = (title: string, get: Figures | undefined, post: Figures | undefined): void => {
      note('hello GET', title, get, floorGet)
      note('1 KB JSON POST echo', title, post, floorPost)
    }
    add('node:http', floorGet, floorPost)
    for (const name of ['one', 'many'] as const) {
      const target = await startTarget(name)
      const get = await measure(target.functionUrl('hello'), target.pid, 'GET')
      add(target.title, get, await measure(target.functionUrl('echo'), target.pid, 'POST'))
      await target.stop()
    }
    for (const peer of PEERS) {
      console.error(`round ${round + 1}: ${peer.title}`)
      const running = await startPeer(peer)
      try {
        const { pid } = running.child
        if (peer.isSlow) add(peer.title, await measure(running.url, pid!, 'GET', SLOW), undefined)
        else
          add(peer.title, await measure(running.url, pid!, 'GET'), await measure(running.url, pid!, 'POST'))
      } finally {
        process.kill(-running.child.pid!, 'SIGKILL')
      }
    }
  } finally {
    await floor.stop()
  }
}
console.log(`\nPeers of Roost: medians over ${flags.rounds} x ${flags.seconds} s, load from ${tool.name}\n`)
console.log(formatTable([...rows.values()].sort((a, b) => a.scenario.localeCompare(b.scenario))))

function note(scenario: string, target: string, figures: Figures | undefined, floor: Figures): void {
  if (figures === undefined) return
  const key = `${scenario} ${target}`
  const row = rows.get(key) ?? { scenario, target, samples: [] }
  row.samples.push({ ...figures, ratio: figures.perSecond! / floor.perSecond! })
  rows.set(key, row)
}

async function measure(
  url: string,
  pid: number,
  method: 'GET' | 'POST',
  { connections, seconds } = USUAL,
): Promise<Figures> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ text: 'x'.repeat(1010) })
  const request = method === 'GET' ? { url, method } : { url, method, headers, body }
  await timeCall(request)
  await tool.load(request, connections, 1)
  const before = readTreeCpuMicros(pid)
  const busy = await tool.load(request, connections, seconds)
  if (busy.requests === 0) throw new Error(`${url} answered nothing in ${seconds} s`)
  if (busy.errors > 0) console.error(`${url}: ${busy.errors} errors beside ${busy.requests} answers`)
  const cpuMicros = (readTreeCpuMicros(pid) - before) / busy.requests
  return {
    perSecond: busy.perSecond,
    cpuMicros,
    p50At32: busy.p50Ms,
    p99At32: busy.p99Ms,
    pssMb: readTreePssMb(pid),
  }
}

async function startPeer(peer: Peer): Promise<{ url: string; child: ChildProcess }> {
  const port = await findFreePort()
  const [command, ...args] = peer.command(port) as [string, ...string[]]
  const child = spawn(command, args, {
    cwd: HERE,
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, ...peer.env },
  })
  const url = `http://127.0.0.1:${port}${peer.path}`
  const giveUpAt = Date.now() + 60_000
  for (;;) {
    const ms = await timeCall({ url, method: 'GET' }).catch(() => undefined)
    if (ms !== undefined) return { url, child }
    if (Date.now() > giveUpAt || child.exitCode !== null) throw new Error(`${peer.title} does not answer`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
