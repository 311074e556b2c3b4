import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { type GatewayHarness, startGateway } from '../helpers/gateway-harness.ts'
import { ask } from '../helpers/http.ts'
import { writeProject } from '../helpers/project-files.ts'
import { getHeader, RawClient } from '../helpers/raw-client.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'
import { waitFor } from '../helpers/wait.ts'

// Answers in memory, of the whole host (docs/reference/limits.md: hostAnswerBytes, clientBytesPerSecond).

const MIB = 1024 * 1024
/** More than a system takes off a server's hands for a connection: some 4 MB. */
const ANSWER_BYTES = 5 * MIB
const CLIENTS = 60
/** How many answers fit. */
const HELD = 4
const FUNCTION = `
export const handler = async () => ({ statusCode: 200, body: 'x'.repeat(${ANSWER_BYTES}) })
`

let clients: RawClient[] = []
afterEach(() => {
  for (const client of clients) client.destroy()
  clients = []
})

/** Asks, and reads nothing of the answer. */
async function askAndWait(url: string): Promise<RawClient> {
  const client = await RawClient.connect(url)
  clients.push(client)
  client.socket.pause()
  client.sendHead('GET /.netlify/functions/whole HTTP/1.1', 'Host: x')
  return client
}

async function start(env: Record<string, string>): Promise<Roost> {
  const dir = await writeProject({ 'netlify/functions/whole.mjs': FUNCTION })
  return startRoost(['serve', dir], { env: { ROOST_PORT: '0', ...env } })
}

/** Resident memory of the host, at its highest so far. */
function readPeakMb(roost: Roost): number {
  const status = readFileSync(`/proc/${roost.pid}/status`, 'latin1')
  return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024
}

/** Connections that were ended for `why`, by the log. */
function countEnded(roost: Roost, why: string): number {
  return roost.stderr.text.split(`(why=${why} `).length - 1
}

describe('clients that do not read', () => {
  it('cost the host no more than its limit, and those who read nothing', async () => {
    await using roost = await start({ ROOST_HOST_ANSWER_BYTES: String(24 * MIB) })
    const url = `${roost.url}/.netlify/functions/whole`
    for (let i = 0; i < 10; i++) expect((await ask(url)).body.length).toBe(ANSWER_BYTES)
    const before = readPeakMb(roost)
    for (let i = 0; i < CLIENTS; i += 4) {
      await Promise.all([0, 1, 2, 3].map(() => askAndWait(roost.url)))
      await waitFor('the answers to be there', () => countEnded(roost, 'room') >= i + 4 - HELD)
      expect((await ask(url)).body.length).toBe(ANSWER_BYTES)
    }
    // The answers alone would be 300 MB, and twice that while they are put together.
    expect(readPeakMb(roost) - before).toBeLessThan(150)
    // A client that comes back to read finds all of its answer, or a connection that has ended.
    for (const client of clients) client.socket.resume()
    const answers = await Promise.all(clients.map((client) => client.read().catch(() => undefined)))
    const whole = answers.filter((answer) => answer?.body.length === ANSWER_BYTES).length
    expect(whole).toBe(CLIENTS - countEnded(roost, 'room'))
    expect(whole).toBeGreaterThan(0)
  })

  it('but a little at a time are ended when they stay below the minimum rate', async () => {
    await using roost = await start({
      ROOST_CLIENT_STALL_MS: '2000',
      ROOST_CLIENT_BYTES_PER_SECOND: String(ANSWER_BYTES),
    })
    const client = await askAndWait(roost.url)
    const trickle = setInterval(() => client.socket.read(16 * 1024), 100)
    try {
      await waitFor('the end of the slow client', () => countEnded(roost, 'slow') === 1)
    } finally {
      clearInterval(trickle)
    }
    client.socket.resume()
    await client.waitForEnd()
    expect(client.received.length).toBeLessThan(ANSWER_BYTES)
    expect((await ask(`${roost.url}/.netlify/functions/whole`)).body.length).toBe(ANSWER_BYTES)
  })
})

describe('answers that are gathered', () => {
  let gateway: GatewayHarness
  afterEach(() => gateway.stop())

  it('are refused when others fill the memory for answers, and room is there again after those', async () => {
    gateway = await startGateway({
      functions: { slow: { format: 'lambda', play: () => undefined } },
      limits: { hostAnswerBytes: 1000 },
    })
    const answers = [0, 1].map(async () => {
      const client = await RawClient.connect(gateway.url)
      clients.push(client)
      client.sendHead('GET /.netlify/functions/slow HTTP/1.1', 'Host: x')
      return client.read()
    })
    await waitFor('both calls', () => gateway.calls.length === 2)
    const [first, second] = gateway.calls
    first!.head(200)
    first!.chunk('a'.repeat(600))
    second!.head(200)
    second!.chunk('b'.repeat(300))
    expect(gateway.gateway.stats().answerBytes).toBe(900)
    second!.chunk('b'.repeat(300))
    expect(second!.isCancelled).toBe(true)
    second!.end()
    expect(gateway.gateway.stats().answerBytes).toBe(600)
    first!.chunk('a'.repeat(400))
    first!.end()
    expect(gateway.gateway.stats().answerBytes).toBe(0)
    const bodies = await Promise.all(answers)
    const refused = bodies.find(({ status }) => status === 503)!
    expect(getHeader(refused, 'x-roost-error')).toBe('HOST_BUSY')
    expect(getHeader(refused, 'retry-after')).toBe('5')
    expect(bodies.find(({ status }) => status === 200)!.body).toBe('a'.repeat(1000))
  })
})
