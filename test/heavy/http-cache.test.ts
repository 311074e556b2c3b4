// Clients that ask for ever new URLs, and functions that vary by whatever comes and name as many tags as they may: memory
// and disk stay within their limits, and what everybody asks for is still served.
import { readdirSync, statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { INSPECTED, readVitals } from '../helpers/host-vitals.ts'
import { writeProject } from '../helpers/project-files.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'

const MIB = 1024 * 1024
const CACHE_MB = 16
const DISK_MB = 4
/** A million, as long as nobody waits for it: `ROOST_CACHE_KEYS=1000000`. */
const KEYS = Number(process.env.ROOST_CACHE_KEYS ?? 100_000)

const HOSTILE = `
const tags = (i) => Array.from({ length: 500 }, (_, n) => 'tag' + i + '-' + n).join()
const kinds = {
  plain: () => ({}),
  tags: (i) => ({ 'netlify-cache-tag': tags(i) }),
  ids: (i) => ({ 'netlify-cache-id': tags(i) }),
  vary: (i) => ({ vary: Array.from({ length: 40 }, (_, n) => 'x-' + i + '-' + n).join() }),
  flapping: (i) => ({ 'netlify-vary': 'header=x-' + i + ',query=q' }),
  headers: () => Object.fromEntries(Array.from({ length: 200 }, (_, n) => ['x-' + n, 'v'.repeat(200)])),
  body: () => ({}),
}
const large = 'x'.repeat(2 * 1024 * 1024)
let i = 0
export const config = { path: '/hostile/:kind' }
export default (request, { params: { kind } }) => new Response(kind === 'body' ? large : 'x', {
  headers: { 'cache-control': 'public, max-age=600, stale-while-revalidate=600', ...kinds[kind](i++) },
})`
const POPULAR = `export default () => new Response('popular', { headers: { 'cache-control': 'public, max-age=600' } })`

const ASKED: Record<string, { count: number; isTwice?: boolean; headers?: Record<string, string> }> = {
  plain: { count: KEYS },
  tags: { count: KEYS / 200 },
  ids: { count: KEYS / 200 },
  vary: { count: KEYS / 100, headers: { cookie: 'c'.repeat(8000) } },
  flapping: { count: KEYS / 100 },
  headers: { count: KEYS / 100, isTwice: true },
  body: { count: 40, isTwice: true },
}

it('a flood of keys, tags, variants and large responses leaves memory and disk within their limits', {
  timeout: 600_000,
}, async () => {
  const dir = await writeProject({
    'netlify/functions/hostile.mjs': HOSTILE,
    'netlify/functions/popular.mjs': POPULAR,
  })
  await using roost = await startRoost(['serve', dir, '--port', '0', '--log-level', 'warn'], {
    env: {
      ROOST_CACHE_BYTES: String(CACHE_MB * MIB),
      ROOST_CACHE_DISK_BYTES: String(DISK_MB * MIB),
      ROOST_CONCURRENCY: '16',
    },
    nodeArgs: [...INSPECTED, '--max-old-space-size=160'],
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const get = (path: string, headers = {}): Promise<string> => ask(roost, agent, path, headers)
  await get('/.netlify/functions/popular')
  await get('/hostile/plain')
  const before = await readVitals(roost)
  const popular: string[] = []
  for (const [kind, { count, isTwice, headers }] of Object.entries(ASKED)) {
    let next = 0
    const run = async (): Promise<void> => {
      while (next < count) {
        const i = next++
        const path = `/hostile/${kind}?${i}`
        expect(await get(path, headers)).toMatch(/^200/)
        if (isTwice) expect(await get(path, headers)).toMatch(/^200/)
        if (i % 100 === 0) popular.push(await get('/.netlify/functions/popular'))
      }
    }
    await Promise.all(Array.from({ length: 16 }, run))
  }
  agent.destroy()
  expect(new Set(popular.map((each) => each.replace(/ (hit|fwd=miss)$/, '')))).toEqual(new Set(['200']))
  const after = await readVitals(roost)
  const grownMb = after.heapMb + after.buffersMb - before.heapMb - before.buffersMb
  expect(grownMb).toBeLessThan(CACHE_MB + 24)
  expect(measureFolder(join(dir, '.netlify/roost/data/http-cache'))).toBeLessThanOrEqual((DISK_MB + 1) * MIB)
})

/** Status, and what the cache says. */
function ask({ url }: Roost, agent: Agent, path: string, headers: Record<string, string>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const call = request(url + path, { agent, headers, maxHeaderSize: MIB }, (response) => {
    response.resume()
    response.on('error', reject)
    response.on('end', () =>
      resolve(`${response.statusCode} ${String(response.headers['cache-status']).slice(9)}`),
    )
  })
  call.on('error', reject)
  call.end()
  return promise
}

function measureFolder(dir: string): number {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((bytes, entry) => bytes + statSync(join(entry.parentPath, entry.name)).size, 0)
}
