// `npm run bench:blobs`: get and set of 1 KB and 1 MB on Blobs, through a function, through the client straight to the
// listener, and in the store itself, against the same work on the file system. All in one run, in turn.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { getStore } from '@netlify/blobs'
import { openServices } from '../src/api/functions/index.ts'
import { monotonicNow } from '../src/base/lib/index.ts'
import { createLog } from '../src/base/log/index.ts'
import { createHostMemory } from '../src/base/memory/index.ts'
import { DEFAULT_LIMITS } from '../src/base/settings/index.ts'
import { AnswerStore } from '../src/platform/answers/index.ts'
import { createBlobStore, createLocalContent } from '../src/platform/blobs/index.ts'
import { createResponseCache } from '../src/platform/function-cache/index.ts'
import { openStore } from '../src/store/index.ts'
import { startRoost } from '../test/helpers/roost.ts'

interface Way {
  name: string
  set(key: string, content: Buffer): Promise<void>
  get(key: string): Promise<number>
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, calls: { type: 'string', default: '200' } },
})
const ROUNDS = Number(values.rounds)
const CALLS = Number(values.calls)
const SIZES = [
  ['1 KB', 1024],
  ['1 MB', 1024 * 1024],
] as const
const AT_ONCE = 8

const folder = mkdtempSync(join(tmpdir(), 'roost-bench-blobs-'))
await using cleanup = new AsyncDisposableStack()
cleanup.defer(async () => rmSync(folder, { recursive: true, force: true }))
const ways = [openFiles(), ...(await openStoreAndClient()), await openFunction()]

const rows: string[][] = []
for (const [sizeName, size] of SIZES) {
  const content = randomBytes(size)
  const calls = size > 100_000 ? Math.ceil(CALLS / 5) : CALLS
  for (const work of ['set', 'get'] as const) {
    const samples = new Map<Way, Sample[]>(ways.map((way) => [way, []]))
    for (let round = 0; round < ROUNDS; round++)
      for (const way of rotate(ways, round)) samples.get(way)!.push(await measure(way, work, content, calls))
    const [floor] = ways
    for (const way of ways) {
      const own = samples.get(way)!
      const ratios = own.map(({ perSecond }, i) => perSecond / samples.get(floor!)![i]!.perSecond)
      rows.push([
        `${work} ${sizeName}`,
        way.name,
        median(own.map(({ p50Ms }) => p50Ms)).toFixed(2),
        Math.round(median(own.map(({ perSecond }) => perSecond))).toLocaleString('en'),
        median(ratios).toFixed(2),
      ])
    }
  }
}
printTable(['work', 'way', 'p50 ms, 1 at a time', `per second, ${AT_ONCE} at a time`, '÷ files'], rows)

interface Sample {
  p50Ms: number
  perSecond: number
}

async function measure(way: Way, work: 'set' | 'get', content: Buffer, calls: number): Promise<Sample> {
  let last = 0
  const call = async (): Promise<void> => {
    const key = `k${last++ % 50}`
    if (work === 'set') {
      content.writeUInt32LE(last, 0) // content that was never there before
      return way.set(key, Buffer.from(content))
    }
    if ((await way.get(key)) !== content.length) throw new Error(`${way.name}: a get of another size`)
  }
  if (work === 'get') for (let i = 0; i < 50; i++) await way.set(`k${i}`, content)
  for (let i = 0; i < 10; i++) await call()
  const times: number[] = []
  for (let i = 0; i < calls; i++) {
    const start = performance.now()
    await call()
    times.push(performance.now() - start)
  }
  const start = performance.now()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let i = 0; i < calls / AT_ONCE; i++) await call()
    }),
  )
  const perSecond = (Math.ceil(calls / AT_ONCE) * AT_ONCE * 1000) / (performance.now() - start)
  return { p50Ms: median(times), perSecond }
}

/** The floor: a new file, synced and renamed into place, its folder synced. What a careful program does by hand. */
function openFiles(): Way {
  const dir = join(folder, 'files')
  const made = mkdir(dir)
  let drafts = 0
  return {
    name: 'files',
    async set(key, content) {
      await made
      const draft = join(dir, `draft-${drafts++}`)
      const file = await open(draft, 'w')
      await file.writeFile(content)
      await file.sync()
      await file.close()
      await rename(draft, join(dir, key))
      const parent = await open(dir)
      await parent.sync()
      await parent.close()
    },
    get: async (key) => (await readFile(join(dir, key))).length,
  }
}

async function openStoreAndClient(): Promise<Way[]> {
  const log = createLog({ format: 'json', destination: new Writable({ write: (_c, _e, done) => done() }) })
  const index = await openStore(join(folder, 'store', 'roost.db'))
  const content = createLocalContent(join(folder, 'store', 'blobs'))
  const limits = DEFAULT_LIMITS
  const blobs = createBlobStore({ index, content, limits, log })
  const cache = createResponseCache(new AnswerStore({ maxBytes: limits.cacheBytes }))
  const memory = createHostMemory(limits, { clock: monotonicNow, log })
  const services = await openServices({
    blobs,
    cache,
    purge: cache.purge,
    memory,
    connections: 64,
    strangers: 32,
    limits,
    log,
  })
  cleanup.defer(async () => {
    await services.close()
    await blobs.close()
    await index.close()
  })
  const { token } = services.give({ siteId: 'bench', siteName: 'bench', domain: 'bench.test' })
  const store = getStore({ name: 'client', siteID: 'bench', token, edgeURL: services.origin })
  const at = (key: string) => ({ siteId: 'bench', store: 'site:direct', key })
  return [
    {
      name: 'store',
      set: async (key, bytes) => void (await blobs.put(at(key), Readable.from([bytes]))),
      get: async (key) => (await buffer((await blobs.get(at(key)))!.body)).length,
    },
    {
      name: 'client',
      set: async (key, bytes) => void (await store.set(key, toArrayBuffer(bytes))),
      get: async (key) => (await store.get(key, { type: 'arrayBuffer' })).byteLength,
    },
  ]
}

async function openFunction(): Promise<Way> {
  const project = join(folder, 'project')
  await mkdir(join(project, 'netlify/functions'), { recursive: true })
  await mkdir(join(project, 'node_modules/@netlify'), { recursive: true })
  const client = fileURLToPath(new URL('../node_modules/@netlify/blobs/dist/main.js', import.meta.url))
  writeFileSync(
    join(project, 'netlify/functions/blob.mjs'),
    `import { getStore } from ${JSON.stringify(client)}
    export default async (request) => {
      const store = getStore('bench')
      const key = new URL(request.url).searchParams.get('key')
      if (request.method === 'GET') return new Response(await store.get(key, { type: 'stream' }))
      await store.set(key, await request.arrayBuffer())
      return new Response('ok')
    }`,
  )
  writeFileSync(join(project, 'netlify.toml'), `[functions]\nconcurrency = ${AT_ONCE}\n`)
  const roost = await startRoost(['serve', project, '--port', '0'])
  cleanup.defer(async () => void (await roost.stop()))
  const url = `${roost.url}/.netlify/functions/blob?key=`
  const check = async (response: Response): Promise<number> => {
    const bytes = await response.arrayBuffer()
    if (!response.ok) throw new Error(`the function answered ${response.status}`)
    return bytes.byteLength
  }
  return {
    name: 'function',
    set: async (key, bytes) =>
      void (await check(await fetch(url + key, { method: 'PUT', body: toArrayBuffer(bytes) }))),
    get: async (key) => check(await fetch(url + key)),
  }
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

/** The first of a round finds the machine in another state than the others: each is first in turn. */
function rotate<T>(items: readonly T[], by: number): T[] {
  return items.map((_, i) => items[(i + by) % items.length]!)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

function printTable(heading: string[], body: string[][]): void {
  const lines = [heading, ...body]
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  for (const line of lines)
    console.log(
      line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
    )
}
