// `node bench/fetch-cost.ts [--json]`: what the `Request` and `Response` of one call cost, the platform's against ours,
// without sockets or processes: make the request, call the handler, take the response apart for sending. Measured is
// processor time, so that a busy machine disturbs little; the handler's own work is taken off. Each kind runs in
// processes of its own, in turn, as ours patches what the other one is.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createRequest, installFetch, readResponse } from '../src/compute/runtime/fetch/index.ts'

const ROUNDS = 3
const BATCH_CALLS = 2000
const WARM_UP_BATCHES = 8
const BATCHES = 12

const HEADERS = `host: localhost:8888
user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36
accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8
accept-encoding: gzip, deflate, br
accept-language: en
content-type: application/json
cookie: session=0123456789abcdef0123456789abcdef; theme=dark
x-forwarded-for: 203.0.113.7
x-forwarded-proto: https
x-nf-account-id: 0123456789abcdef01234567
x-nf-client-connection-ip: 203.0.113.7
x-nf-deploy-context: production
x-nf-geo: eyJjaXR5IjoiQmVybGluIn0=
x-nf-request-id: 01JDABCDEFGHJKMNPQRSTVWXYZ
x-nf-site-id: 01234567-89ab-cdef-0123-456789abcdef
`.replaceAll('\n', '\r\n')

const ONE_KB = Buffer.from(
  JSON.stringify({
    items: Array.from({ length: 12 }, (_, id) => ({
      id,
      name: `item ${id}`,
      tags: ['a', 'b'],
      price: id * 1.5,
      note: 'x'.repeat(20),
    })),
  }),
)

interface Case {
  title: string
  method: string
  url: string
  body?: Buffer
  handler: (request: Request) => Response | Promise<Response>
  /** The handler's own work, without a request and a response. */
  bare: () => unknown
}

const CASES: Record<string, Case> = {
  hello: {
    title: 'hello GET',
    method: 'GET',
    url: 'http://localhost:8888/hello',
    handler: () => new Response('Hello, world!'),
    bare: async () => 'Hello, world!',
  },
  echo: {
    title: '1 KB JSON echo',
    method: 'POST',
    url: 'http://localhost:8888/echo',
    body: ONE_KB,
    handler: async (request) => Response.json(await request.json()),
    bare: async () => JSON.stringify(JSON.parse(ONE_KB.utf8Slice(0, ONE_KB.length))),
  },
  headers: {
    title: 'headers read and written',
    method: 'GET',
    url: 'http://localhost:8888/api/items?page=2',
    handler: (request) => {
      const type = request.headers.get('accept')?.startsWith('text/html') ? 'text/html' : 'text/plain'
      const headers = {
        'Content-Type': type,
        'Cache-Control': 'no-store',
        'X-Language': request.headers.get('accept-language') ?? '',
      }
      return new Response(new URL(request.url).pathname, { status: 201, headers })
    },
    bare: async () => new URL('http://localhost:8888/api/items?page=2').pathname,
  },
  changed: {
    title: 'answer changed on its way',
    method: 'GET',
    url: 'http://localhost:8888/changed',
    handler: () => {
      const inner = new Response('Hello, world!')
      const outer = new Response(inner.body, inner)
      outer.headers.set('access-control-allow-origin', '*')
      return outer
    },
    bare: async () => 'Hello, world!',
  },
  stream: {
    title: 'streamed answer',
    method: 'GET',
    url: 'http://localhost:8888/stream',
    handler: () => new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } }),
    bare: async () => new ReadableStream(),
  },
}

async function callReal({ method, url, body, handler }: Case): Promise<number> {
  const pairs = HEADERS.split('\r\n')
    .slice(0, -1)
    .map((line) => line.split(': ') as [string, string])
  const init = { method, headers: pairs, body: body && new Uint8Array(body) }
  const response = await handler(new Request(url, init))
  let size = 0
  for (const [name, value] of response.headers) size += name.length + value.length
  // A stream is sent as it comes; other bodies are wanted whole, for a frame of their own.
  if (url.endsWith('/stream')) return size + (response.body === null ? 0 : 1)
  return size + response.status + (await response.arrayBuffer()).byteLength
}

async function callOurs({ method, url, body, handler }: Case): Promise<number> {
  const response = await handler(createRequest({ method, url, headers: HEADERS, body }))
  const parts = readResponse(response)
  return parts.status + parts.headers.length
}

/** Nanoseconds of processor time per call, the handler's own work taken off: both in small batches, in turn. */
async function measure(call: (each: Case) => unknown): Promise<Record<string, number>> {
  const figures: Record<string, number> = {}
  for (const [name, each] of Object.entries(CASES)) {
    let [whole, bare] = [0, 0]
    for (let batch = -WARM_UP_BATCHES; batch < BATCHES; batch++) {
      const spent = [await timeBatch(() => call(each)), await timeBatch(each.bare)] as const
      if (batch < 0) continue
      whole += spent[0]
      bare += spent[1]
    }
    figures[name] = (whole - bare) / (BATCHES * BATCH_CALLS)
  }
  return figures
}

async function timeBatch(run: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < BATCH_CALLS; i++) await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) * 1000
}

const KINDS = { real: callReal, ours: callOurs }
const [kind] = process.argv.slice(2)
if (kind === 'real' || kind === 'ours') {
  if (kind === 'ours') installFetch()
  console.log(JSON.stringify(await measure(KINDS[kind])))
} else compare(kind === '--json')

function compare(isJson: boolean): void {
  const rounds = Array.from({ length: ROUNDS }, () => ({ real: runKind('real'), ours: runKind('ours') }))
  const results = Object.entries(CASES).map(([name, { title }]) => {
    const realNs = Math.round(median(rounds.map(({ real }) => real[name]!)))
    const oursNs = Math.round(median(rounds.map(({ ours }) => ours[name]!)))
    return { name, title, realNs, oursNs, ratio: Math.round((realNs / oursNs) * 10) / 10 }
  })
  if (isJson) return console.log(JSON.stringify({ node: process.version, results }))
  for (const { title, realNs, oursNs, ratio } of results)
    console.log(`${title.padEnd(26)} the platform's ${realNs} ns, ours ${oursNs} ns: ${ratio} times`)
}

function runKind(name: string): Record<string, number> {
  const args = ['--no-warnings', fileURLToPath(import.meta.url), name]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
