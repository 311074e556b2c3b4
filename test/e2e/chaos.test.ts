import { readdirSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { isRunning, readProcessTree } from '../helpers/process-tree.ts'
import { createRandom } from '../helpers/random.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'
import { waitFor } from '../helpers/wait.ts'

// Load on every kind of function while instances are killed, stopped and corrupted at random. Every request gets
// exactly one answer, and when it is over nothing is left. `npm run soak` does it for an hour.

const SECONDS = Number(process.env.ROOST_CHAOS_SECONDS ?? 30)
const SEED = Number(process.env.ROOST_CHAOS_SEED ?? Date.now() % 1_000_000)
const CLIENTS = 12
const PROJECT = fileURLToPath(new URL('../fixtures/chaos', import.meta.url))

interface Outcome {
  status: number
  code: string | undefined
  body: string
  /** The connection ended before the body did. */
  isBroken: boolean
}

const KINDS = ['hello', 'echo', 'sleep', 'stream', 'after', 'file', 'misbehave'] as const
type Kind = (typeof KINDS)[number]
const WAYS = ['throw', 'exit', 'abort', 'reject', 'corrupt', 'loop', 'never'] as const

describe('chaos', () => {
  it(`gives every request one answer (seed ${SEED}, ${SECONDS} s)`, {
    timeout: SECONDS * 1000 + 120_000,
  }, async () => {
    console.log(`chaos seed: ${SEED}`)
    await using roost = await startRoost(['serve', PROJECT, '--log-level', 'error'], {
      env: {
        ROOST_SYNC_TIMEOUT_MS: '1500',
        ROOST_STREAM_TIMEOUT_MS: '1500',
        ROOST_KILL_GRACE_MS: '500',
        ROOST_IDLE_EVICTION_MS: '1000',
        ROOST_PORT: '0',
      },
    })
    for (const kind of KINDS) if (kind !== 'misbehave') await expectGood(roost, kind)
    const before = await settle(roost)
    const end = Date.now() + SECONDS * 1000
    const counts = new Map<string, number>()
    const load = Array.from({ length: CLIENTS }, async (_, client) => {
      const random = createRandom(SEED + client)
      while (Date.now() < end) {
        const kind = random.pick(KINDS)
        const how = random.pick(WAYS)
        const text = random.list(0, 2000, () => 'x').join('')
        const outcome = await ask(roost.url, kind, { how, text, ms: random.below(60) })
        check(kind, outcome, text)
        const name = `${outcome.status} ${outcome.isBroken ? 'broken' : (outcome.code ?? '')}`.trim()
        counts.set(name, (counts.get(name) ?? 0) + 1)
      }
    })
    const chaos = wreak(roost, createRandom(SEED), end)
    await Promise.all([...load, chaos])
    console.log('chaos outcomes:', Object.fromEntries([...counts].sort()))
    expect(counts.get('200')).toBeGreaterThan(SECONDS * 10)

    for (const { pid } of readProcessTree(roost.pid)) if (pid !== roost.pid) signal(pid, 'SIGCONT')
    for (const kind of KINDS) if (kind !== 'misbehave') await expectGood(roost, kind)
    const after = await settle(roost)
    expect(after.descriptors, 'descriptors').toBeLessThanOrEqual(before.descriptors + 4)
    expect(after.processes, 'processes').toBeLessThanOrEqual(before.processes + 2)
    expect(after.zombies, 'zombies').toBe(0)
    expect(after.memoryMb, 'memory in MB').toBeLessThan(before.memoryMb + 120)
    const { code } = await roost.stop()
    expect(code).toBe(0)
  })
})

/** Kills, stops and goes on, at random, until the end. */
async function wreak(roost: Roost, random: ReturnType<typeof createRandom>, end: number): Promise<void> {
  while (Date.now() < end) {
    await sleep(30 + random.below(150))
    const victims = readProcessTree(roost.pid).filter(
      (row) => row.pid !== roost.pid && isRunning(row) && isInstance(row.pid),
    )
    if (victims.length === 0) continue
    const { pid } = random.pick(victims)
    const how = random.below(4)
    signal(pid, how === 0 ? 'SIGSTOP' : how === 1 ? 'SIGTERM' : 'SIGKILL')
    if (how === 0 && random.below(2) === 0) void sleep(200).then(() => signal(pid, 'SIGCONT'))
  }
}

/** Not the warden: whoever kills that one only loses the guard against orphans. */
function isInstance(pid: number): boolean {
  try {
    return /runtime/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'))
  } catch {
    return false
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // it has ended already
  }
}

function check(kind: Kind, outcome: Outcome, text: string): void {
  const { status, code, body, isBroken } = outcome
  if (kind === 'file') return expect([status, body]).toEqual([200, 'a file\n'])
  if (status !== 200) {
    expect([502, 503], `${kind}: ${JSON.stringify(outcome)}`).toContain(status)
    expect(code, 'every refusal has a code').toMatch(/^[A-Z_]+$/)
    return
  }
  if (kind === 'echo') expect(body).toBe(text)
  // Once the head is out an end before its time is all that can be said.
  if (kind === 'stream' && !isBroken) expect(body.length).toBe(512 * 1024)
  if (kind !== 'stream') expect(isBroken, `${kind} broke off`).toBe(false)
}

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS * 2 })

function ask(
  url: string,
  kind: Kind,
  { how, text, ms }: { how: string; text: string; ms: number },
): Promise<Outcome> {
  const query = kind === 'sleep' ? `?ms=${ms}` : kind === 'misbehave' ? `?how=${how}` : ''
  const path = kind === 'file' ? '/file.txt' : `/.netlify/functions/${kind}${query}`
  return new Promise((resolve, reject) => {
    const call = request(`${url}${path}`, { agent, method: kind === 'echo' ? 'POST' : 'GET' }, (response) => {
      const outcome: Outcome = {
        status: response.statusCode!,
        code: response.headers['x-roost-error'] as string | undefined,
        body: '',
        isBroken: false,
      }
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => {
        outcome.body += chunk
      })
      response.on('error', () => {
        outcome.isBroken = true
      })
      response.on('close', () => resolve(outcome))
    })
    call.setTimeout(15_000, () => call.destroy(new Error(`${path}: no answer within 15 s`)))
    call.on('error', reject)
    call.end(kind === 'echo' ? text : undefined)
  })
}

async function expectGood(roost: Roost, kind: Kind): Promise<void> {
  // An instance that was stopped may still hold the place of one that works: its deadline frees it.
  await waitFor(
    `a good answer of ${kind}`,
    async () => (await ask(roost.url, kind, { how: '', text: 'x', ms: 1 })).status === 200,
  )
}

interface Footprint {
  descriptors: number
  processes: number
  zombies: number
  memoryMb: number
}

/** What the host holds once idle instances are gone. */
async function settle(roost: Roost): Promise<Footprint> {
  agent.destroy() // connections that are kept alive are the clients', not a leak
  let last = -1
  await waitFor('instances to be evicted', async () => {
    await sleep(1500)
    const now = readProcessTree(roost.pid).length
    const isStable = now === last
    last = now
    return isStable
  })
  const tree = readProcessTree(roost.pid)
  const statm = readFileSync(`/proc/${roost.pid}/statm`, 'latin1').split(' ')
  return {
    descriptors: readdirSync(`/proc/${roost.pid}/fd`).length,
    processes: tree.filter(isRunning).length,
    zombies: tree.filter((row) => row.fields[0] === 'Z').length,
    memoryMb: (Number(statm[1]) * 4096) / 1024 ** 2,
  }
}
