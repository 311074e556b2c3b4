/**
 * The program that runs every check once, in a process of its own: `program.cjs real` on the platform's classes,
 * `program.cjs light` on ours. Prints one JSON object: what was seen, by the name of the check.
 */
import './install-first.ts'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequest, readResponse } from '../../../src/compute/runtime/fetch/index.ts'
import { allChecks } from './checks/index.ts'
import { runRandomSequence } from './random.ts'
import type { Scene, SceneRequest } from './scene.ts'
import { show } from './show.ts'

const CHECK_LIMIT_MS = 5000
const isNode18 = process.version.startsWith('v18.')
const [kind, sequences = '0'] = process.argv.slice(2)

// Many checks leave failed promises behind on purpose.
process.on('unhandledRejection', () => undefined)

const server = createServer((request, response) => {
  const url = new URL(request.url!, 'http://localhost')
  const [, command, status] = url.pathname.split('/')
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    if (command === 'redirect') return response.writeHead(302, { location: '/redirected' }).end()
    // As they were written: a client that loses the case of a name would show here.
    // Node 18 forgets it itself as soon as headers are copied.
    const written = request.rawHeaders.filter((text, i) => i % 2 === 0 && /^x-/i.test(text))
    const names = isNode18 ? written.map((name) => name.toLowerCase()) : written
    const type = request.headers['content-type'] ?? null
    response.writeHead(command === 'status' ? Number(status) : 200, {
      'content-type': 'application/json',
      'x-echo': '1',
    })
    response.end(
      JSON.stringify({
        method: request.method,
        url: request.url,
        names: names.sort(),
        type,
        body: Buffer.concat(chunks).toString(),
      }),
    )
  })
})

server.listen(0, '127.0.0.1', async () => {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const scene = kind === 'light' ? createLightScene(origin) : createRealScene(origin)
  const seen: Record<string, unknown> = {}
  for (const [name, run] of allChecks) {
    if (name in seen) throw new Error(`two checks are called ${name}`)
    seen[name] = await observe(() => run(scene))
  }
  for (let seed = 0; seed < Number(sequences); seed++)
    seen[`random sequence ${seed}`] = await observe(() => runRandomSequence(scene, seed, 25))
  process.stdout.write(JSON.stringify(seen).replaceAll(origin, 'http://ORIGIN'), () => process.exit(0))
})

async function observe(run: () => unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, CHECK_LIMIT_MS, 'still waiting')
  })
  try {
    return show(await Promise.race([Promise.resolve(run()), limit]))
  } catch (error) {
    return { threw: show(error) }
  } finally {
    clearTimeout(timer)
  }
}

function createLightScene(origin: string): Scene {
  return {
    origin,
    request: ({
      method = 'GET',
      url = 'http://a.example/x',
      headers = '',
      body,
      signal,
    }: SceneRequest = {}) =>
      createRequest({ method, url, headers, body: toBytes(body), ...(signal && { signal }) }),
    send: async (response) => {
      const { status, headers, body } = readResponse(response)
      const pairs: [string, string][] = []
      for (let i = 0; i < headers.length; i += 2) pairs.push([headers[i]!, headers[i + 1]!])
      return toSent(status, pairs, body instanceof ReadableStream ? await drain(body) : body)
    },
  }
}

/** What runtime.md §1.3 and §2.1 say, in the platform's own words. */
function createRealScene(origin: string): Scene {
  return {
    origin,
    request({ method = 'GET', url = 'http://a.example/x', headers = '', body, signal } = {}) {
      const pairs = headers.split('\r\n').filter((line) => line !== '')
      const hasBody = !/^(get|head)$/i.test(method) && body !== undefined && body.length > 0
      return new Request(url, {
        method,
        headers: pairs.map(
          (line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as [string, string],
        ),
        body: hasBody ? toBytes(body) : undefined,
        signal,
        duplex: 'half',
      } as RequestInit)
    },
    async send(response) {
      if (response.status < 200 || response.status > 599) throw new RangeError('status')
      if (response.bodyUsed || response.body?.locked) throw new TypeError('body')
      return toSent(response.status, [...response.headers], response.body && (await drain(response.body)))
    },
  }
}

const toBytes = (body: string | Uint8Array | undefined): Uint8Array<ArrayBuffer> | undefined =>
  body === undefined ? undefined : Buffer.from(body)

async function drain(stream: ReadableStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  // The lock is kept, as by everybody who has read a body to its end.
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks)
    chunks.push(value)
  }
}

function toSent(status: number, pairs: [string, string][], body: null | string | Uint8Array): unknown {
  const sorted = pairs
    .map((pair, i) => ({ pair, i }))
    .sort((a, b) => (a.pair[0] < b.pair[0] ? -1 : a.pair[0] > b.pair[0] ? 1 : a.i - b.i))
  return {
    status,
    headers: sorted.map(({ pair }) => pair),
    body: body === null ? null : Buffer.from(body).toString('hex'),
  }
}
