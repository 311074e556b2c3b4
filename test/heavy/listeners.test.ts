import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { INSPECTED, readVitals } from '../helpers/host-vitals.ts'
import { ask } from '../helpers/http.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'
import { waitFor } from '../helpers/wait.ts'

// A function that attacks what listens on loopback, and an innocent one beside it. Everything is real: the command, the
// sandbox that this machine has, the sockets.

const PROJECT = fileURLToPath(new URL('../fixtures/listeners', import.meta.url))
const BIN = fileURLToPath(new URL('../../bin/roost.js', import.meta.url))
const MIB = 1024 * 1024

interface Seen {
  opened: number
  ended: number
  /** Status lines, '' where no answer has come. */
  answers: string[]
}

let roost: Roost
afterEach(() => roost.stop())

interface StartOptions {
  env?: Record<string, string>
  args?: string[]
  /** Descriptors that host and functions may have, each. */
  files?: number
}

async function start({ env = {}, args = [], files = 20_000 }: StartOptions = {}): Promise<void> {
  const limited = `ulimit -n ${files} && exec "$0" "$@"`
  roost = await startRoost(['serve', PROJECT, '--port', '0', '--log-level', 'error', ...args], {
    env,
    command: ['sh', '-c', limited, process.execPath, ...INSPECTED, BIN],
  })
  expect(await askNeighbour()).toBe('200 blob')
}

async function attack(how: string, query: Record<string, string | number> = {}): Promise<Seen> {
  const search = new URLSearchParams({ how, ...query } as Record<string, string>)
  const { status, body } = await ask(`${roost.url}/.netlify/functions/attack?${search}`)
  expect([status, body]).toEqual([200, expect.any(String)])
  return JSON.parse(body) as Seen
}

async function askNeighbour(): Promise<string> {
  const { status, body } = await ask(`${roost.url}/.netlify/functions/neighbour`)
  return `${status} ${body}`
}

async function readHeldMb(): Promise<number> {
  const { heapMb, buffersMb } = await readVitals(roost)
  return heapMb + buffersMb
}

const sandboxes = process.platform === 'linux' ? [['auto'], ['process']] : [['process']]

describe.each(sandboxes)('sandbox %s', (sandbox) => {
  const args = [`--sandbox=${sandbox}`]

  it.each(['connections', 'heads'])(
    'without a token: 1,500 of them keep nobody out, on any listener (%s)',
    async (how) => {
      // What a shell or a service manager gives.
      await start({ args: [...args, '--admin-port', '0'], files: 1024 })
      const adminPort = new URL(/^Admin: (\S+)/m.exec(roost.stderr.text)![1]!).port
      for (const port of [undefined, adminPort]) {
        const { opened } = await attack(how, { count: 1500, ...(port && { port }) })
        expect(opened).toBeGreaterThanOrEqual(1500)
        for (let i = 0; i < 10; i++) expect(await askNeighbour()).toBe('200 blob')
        expect((await ask(`http://127.0.0.1:${adminPort}/healthz`)).status).toBe(401)
      }
      const { ended } = await attack('look')
      expect(ended).toBeGreaterThan(2900)
      expect((await readVitals(roost)).descriptors).toBeLessThan(200)
    },
  )
})

it('heads and bodies that do not come end their connections', async () => {
  await start({ env: { ROOST_REQUEST_HEAD_TIMEOUT_MS: '500', ROOST_REQUEST_BODY_TIMEOUT_MS: '500' } })
  await attack('heads', { count: 5 })
  await attack('bodies', { count: 1 })
  const seen = await waitFor('their ends', async () => {
    const { ended, ...rest } = await attack('look')
    return ended === 6 && rest
  })
  expect(seen.answers.slice(0, 5)).toEqual(Array(5).fill('HTTP/1.1 408 Request Timeout'))
}, 120_000)

it('250 listings on one connection that nobody reads wait for their reader, and their connection ends', async () => {
  await start({ env: { ROOST_CLIENT_STALL_MS: '3000' } })
  await attack('fill', { count: 1000 })
  const before = await readHeldMb()
  const { descriptors } = await readVitals(roost)
  await attack('pipeline', { count: 250 })
  for (let i = 0; i < 20; i++) expect(await askNeighbour()).toBe('200 blob')
  expect((await readHeldMb()) - before).toBeLessThan(10)
  await waitFor('its end', async () => (await readVitals(roost)).descriptors <= descriptors)
}, 60_000)

it('a body of 3 MB in pieces of one byte costs what it weighs', async () => {
  await start()
  await attack('look')
  const before = await readHeldMb()
  await attack('pieces', { count: 3_000_000 })
  expect(await askNeighbour()).toBe('200 blob')
  // Node's pieces would be 900 MB.
  expect((await readHeldMb()) - before).toBeLessThan(20)
  expect((await attack('look')).answers).toEqual([''])
}, 120_000)

it('bodies of one instance are held up to its share, and the neighbour has room', async () => {
  await start()
  const before = await readHeldMb()
  await attack('bodies', { count: 20 })
  await waitFor('the refusals', async () => {
    const { answers } = await attack('look')
    return answers.filter((line) => line === 'HTTP/1.1 503 Service Unavailable').length === 18
  })
  expect((await readHeldMb()) - before).toBeLessThan(3 * 16)
  expect(await askNeighbour()).toBe('200 blob')
}, 60_000)

it('answers of 6 MB that nobody reads are held up to the share of one instance', async () => {
  await start({ env: { ROOST_HOST_ANSWER_BYTES: String(80 * MIB) } })
  await attack('look')
  const { descriptors } = await readVitals(roost)
  await attack('answers', { count: 60 })
  // Three of them fit into a quarter of the memory for answers.
  await waitFor('the ends of those that wait longest', async () => {
    const now = await readVitals(roost)
    return now.descriptors - descriptors <= 5 && now
  })
  expect(await askNeighbour()).toBe('200 blob')
}, 60_000)

it('blobs that nobody reads are held up to the same share', async () => {
  await start({ env: { ROOST_HOST_ANSWER_BYTES: String(16 * MIB) } })
  await attack('look')
  const before = await readHeldMb()
  const { descriptors } = await readVitals(roost)
  await attack('blobs', { count: 100 })
  // A piece of 256 KB of each waits, and the next one has been read: in all they would be 50 MB, and 8 blobs may stay.
  await waitFor('the ends of those that wait longest', async () => {
    const now = await readVitals(roost)
    return now.descriptors - descriptors <= 2 * 8
  })
  expect((await readHeldMb()) - before).toBeLessThan(16)
  expect(await askNeighbour()).toBe('200 blob')
}, 60_000)
