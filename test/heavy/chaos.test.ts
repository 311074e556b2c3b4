import { Agent, type IncomingMessage, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { INSPECTED, readVitals, type Vitals } from '../helpers/host-vitals.ts'
import { isRunning, readProc, readProcessTree } from '../helpers/process-tree.ts'
import { createRandom, type Random } from '../helpers/random.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'
import { pause, waitFor, waitForRest } from '../helpers/wait.ts'

// Load on every kind of function, from clients that read, that read slowly and that leave, while instances are killed,
// stopped and corrupted at random. Every request gets exactly one answer, its own, and when it is over nothing is left.
// `npm run soak` does it for an hour.

/** Seconds for both concurrencies together. */
const SECONDS = Number(process.env.ROOST_CHAOS_SECONDS ?? 60)
const SEED = Number(process.env.ROOST_CHAOS_SEED ?? Date.now() % 1_000_000)
const CLIENTS = 12
const PROJECT = fileURLToPath(new URL('../fixtures/chaos', import.meta.url))

const KINDS = ['hello', 'echo', 'sleep', 'stream', 'after', 'whole', 'file', 'misbehave'] as const
type Kind = (typeof KINDS)[number]
const WAYS = ['throw', 'exit', 'abort', 'reject', 'corrupt', 'loop', 'never', 'late'] as const
/** How a client takes its answer. */
const MANNERS = ['reads', 'reads', 'reads', 'slow', 'leaves'] as const
const STREAM_BYTES = 512 * 1024
const WHOLE_BYTES = 1024 * 1024
/** More than the credit of one call: the body takes several turns. */
const LARGE_BODY_BYTES = 400_000

interface Question {
  kind: Kind
  manner: (typeof MANNERS)[number]
  how: string
  text: string
  ms: number
}

interface Outcome {
  status: number
  code: string | undefined
  /** As the host names the request, and as the function names it. */
  requestId: string | undefined
  echoedId: string | undefined
  body: string
  /** The connection ended before the body did. */
  isBroken: boolean
}

describe('chaos', () => {
  it.each([1, 32])(
    `gives every request one answer (concurrency %i, seed ${SEED}, ${SECONDS / 2} s)`,
    { timeout: SECONDS * 500 + 120_000 },
    async (concurrency) => {
      const seed = SEED + concurrency
      console.log(`chaos seed: ${SEED}`)
      await using roost = await start({ ROOST_CONCURRENCY: String(concurrency) })
      await expectAllGood(roost)
      const before = await settle(roost)
      const end = Date.now() + SECONDS * 500
      const load = startLoad(roost, seed, end)
      await Promise.all([load.done, wreak(roost, createRandom(seed), end)])
      console.log('chaos outcomes:', Object.fromEntries([...load.counts].sort()))
      expect(load.counts.get('200')).toBeGreaterThan(SECONDS * 5)

      for (const { pid } of instancesOf(roost)) signal(pid, 'SIGCONT')
      await expectAllGood(roost)
      const after = await settle(roost, before.processes)
      console.log('chaos vitals:', { before, after })
      expect(after.zombies, 'zombies').toBe(0)
      expect(after.processes, 'processes').toBe(before.processes)
      expect(after.descriptors, 'descriptors').toBeLessThanOrEqual(before.descriptors + 2)
      expect(after.listeners, 'listeners').toBe(before.listeners)
      expect(after.resources, 'sockets, pipes, timers').toBeLessThanOrEqual(before.resources + 3)
      expect(after.heapMb, 'heap in MB').toBeLessThan(before.heapMb + 6)
      expect(after.buffersMb, 'memory of buffers in MB').toBeLessThan(before.buffersMb + 8)
      expect(after.residentMb, 'resident memory in MB').toBeLessThan(before.residentMb + 120)
      expect(roost.stderr.text).not.toMatch(/MaxListenersExceeded|Roost failed/)
      const { code } = await roost.stop()
      expect(code).toBe(0)
    },
  )

  it.each(['auto', 'process'])(
    `leaves nothing behind when the host is killed in the middle of it (sandbox %s, seed ${SEED})`,
    { timeout: 120_000 },
    async (sandbox) => {
      await using roost = await start({ ROOST_SANDBOX: sandbox, ROOST_SYNC_TIMEOUT_MS: '60000' })
      await expectAllGood(roost)
      const load = startLoad(roost, SEED, Date.now() + 60_000, true)
      await Promise.race([load.done, wreak(roost, createRandom(SEED), Date.now() + 3000)])
      const inState = (letter: string) => instancesOf(roost).find(({ fields }) => fields[0] === letter)
      // One loops and one is stopped: neither can see for itself that the host has gone.
      const question = { manner: 'reads', how: 'loop', text: '', ms: 0 } as const
      void ask(roost.url, 'loop', { ...question, kind: 'misbehave' }).catch(ignore)
      await waitFor('an instance that runs', () => inState('R'))
      await waitFor('an instance that is stopped', () => {
        const other = instancesOf(roost).findLast(({ fields }) => fields[0] !== 'R')
        if (other !== undefined) signal(other.pid, 'SIGSTOP')
        return inState('T')
      })
      // Fails when anything is left of what the host had started.
      const { signal: endedBy } = await roost.stop('SIGKILL')
      expect(endedBy).toBe('SIGKILL')
      await load.done
    },
  )
})

function start(env: Record<string, string>): Promise<Roost> {
  return startRoost(['serve', PROJECT, '--log-level', 'error'], {
    nodeArgs: INSPECTED,
    env: {
      ROOST_SYNC_TIMEOUT_MS: '1500',
      ROOST_STREAM_TIMEOUT_MS: '1500',
      ROOST_KILL_GRACE_MS: '500',
      ROOST_IDLE_EVICTION_MS: '1000',
      ROOST_PORT: '0',
      ...env,
    },
  })
}

/** @param mayEnd the host does, in the middle of it. */
function startLoad(
  roost: Roost,
  seed: number,
  end: number,
  mayEnd = false,
): { counts: Map<string, number>; done: Promise<unknown> } {
  const counts = new Map<string, number>()
  const seen = new Set<string>()
  let hasEnded = false
  void roost.ended.then(() => {
    hasEnded = true
  })
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    const random = createRandom(seed + client)
    for (let nth = 0; Date.now() < end && !hasEnded; nth++) {
      const question = makeQuestion(random)
      const outcome = await ask(roost.url, `${client}-${nth}`, question).catch((error: Error) => {
        if (mayEnd) return undefined
        throw error
      })
      if (outcome === undefined) continue
      if (outcome !== 'left' && !mayEnd) check(question, `${client}-${nth}`, outcome, seen)
      const name = outcome === 'left' ? 'left' : describeOutcome(outcome)
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  })
  return { counts, done: Promise.all(clients) }
}

function makeQuestion(random: Random): Question {
  const kind = random.pick(KINDS)
  const isLarge = kind === 'echo' && random.below(8) === 0
  return {
    kind,
    manner: random.pick(MANNERS),
    how: random.pick(WAYS),
    text: 'x'.repeat(isLarge ? LARGE_BODY_BYTES : random.below(2000)),
    ms: random.below(60),
  }
}

function describeOutcome({ status, code, isBroken }: Outcome): string {
  return `${status} ${isBroken ? 'broken' : (code ?? '')}`.trim()
}

/** Kills, stops and goes on, at random, until the end. */
async function wreak(roost: Roost, random: Random, end: number): Promise<void> {
  while (Date.now() < end) {
    await pause(30 + random.below(150))
    const victims = instancesOf(roost)
    if (victims.length === 0) continue
    const { pid } = random.pick(victims)
    const how = random.below(4)
    signal(pid, how === 0 ? 'SIGSTOP' : how === 1 ? 'SIGTERM' : 'SIGKILL')
    if (how === 0 && random.below(2) === 0) void pause(200).then(() => signal(pid, 'SIGCONT'))
  }
}

/** What runs functions, and what stands around it. Not the warden: whoever kills that one only loses a guard. */
function instancesOf(roost: Roost): ReturnType<typeof readProcessTree> {
  return readProcessTree(roost.pid).filter(
    (row) => row.pid !== roost.pid && isRunning(row) && readProc(`${row.pid}/cmdline`).includes('runtime'),
  )
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // it has ended already
  }
}

/** How many of the host's names of requests are remembered: none may come twice. */
const MAX_SEEN = 200_000

function check({ kind, text }: Question, id: string, outcome: Outcome, seen: Set<string>): void {
  const { status, code, requestId, echoedId, body, isBroken } = outcome
  if (seen.size > MAX_SEEN) seen.clear()
  expect(requestId, 'every answer names its request').toBeDefined()
  expect(seen.has(requestId!), `${requestId} was answered twice`).toBe(false)
  seen.add(requestId!)
  if (kind === 'file') return expect([status, body]).toEqual([200, 'a file\n'])
  if (status !== 200) {
    expect([502, 503], `${kind}: ${JSON.stringify(outcome)}`).toContain(status)
    expect(code, 'every refusal has a code').toMatch(/^[A-Z_]+$/)
    return
  }
  expect(echoedId, `${kind}: somebody else's answer`).toBe(id)
  // Once the head is out an end before its time is all that can be said; a large echo comes in pieces too.
  const mayBreak = kind === 'stream' || text.length === LARGE_BODY_BYTES
  if (kind === 'echo' && isBroken) expect(text.startsWith(body), 'a beginning of what was sent').toBe(true)
  else if (kind === 'echo') expect(body === text, `echo of ${text.length} bytes: ${body.length}`).toBe(true)
  if (kind === 'whole') expect(body.length).toBe(WHOLE_BYTES)
  if (kind === 'stream' && !isBroken) expect(body.length).toBe(STREAM_BYTES)
  if (!mayBreak) expect(isBroken, `${kind} broke off`).toBe(false)
}

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS * 2 })

/** @returns `left` when the client went away before it had everything. */
function ask(url: string, id: string, question: Question): Promise<Outcome | 'left'> {
  const { kind, manner, how, text, ms } = question
  const query = kind === 'sleep' ? `?ms=${ms}` : kind === 'misbehave' ? `?how=${how}` : ''
  const path = kind === 'file' ? '/file.txt' : `/.netlify/functions/${kind}${query}`
  const method = kind === 'echo' ? 'POST' : 'GET'
  return new Promise((resolve, reject) => {
    const call = request(`${url}${path}`, { agent, method, headers: { 'x-chaos-id': id } }, (response) => {
      const { headers } = response
      const outcome: Outcome = {
        status: response.statusCode!,
        code: headers['x-roost-error'] as string | undefined,
        requestId: headers['x-nf-request-id'] as string | undefined,
        echoedId: headers['x-chaos-id'] as string | undefined,
        body: '',
        isBroken: false,
      }
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => {
        outcome.body += chunk
        if (manner === 'slow') holdReading(response, ms)
      })
      response.on('error', () => {
        outcome.isBroken = true
      })
      response.on('close', () => resolve(outcome))
    })
    if (manner === 'leaves')
      setTimeout(() => {
        resolve('left')
        call.destroy()
      }, ms)
    call.setTimeout(15_000, () => call.destroy(new Error(`${path}: no answer within 15 s`)))
    call.on('error', reject)
    call.end(kind === 'echo' ? text : undefined)
  })
}

function holdReading(response: IncomingMessage, ms: number): void {
  response.pause()
  setTimeout(() => response.resume(), ms)
}

function ignore(): void {
  return
}

async function expectAllGood(roost: Roost): Promise<void> {
  for (const kind of KINDS) {
    if (kind === 'misbehave') continue
    // An instance that was stopped may still hold the place of one that works: its deadline frees it.
    await waitFor(`a good answer of ${kind}`, async () => {
      const outcome = await ask(roost.url, 'good', { kind, manner: 'reads', how: '', text: 'x', ms: 1 })
      return outcome !== 'left' && outcome.status === 200
    })
  }
}

/** What the host holds once idle instances are gone. @param processes how many have to be left, when that is known. */
async function settle(roost: Roost, processes?: number): Promise<Vitals> {
  agent.destroy() // connections that are kept alive are the clients', not a leak
  const count = (): number => readProcessTree(roost.pid).filter(isRunning).length
  // Twice the second after which an instance is evicted, and the second after which that is looked at.
  await waitForRest('instances to be evicted', count, 3000)
  if (processes !== undefined) await waitFor(`${processes} processes`, () => count() === processes)
  return readVitals(roost)
}
