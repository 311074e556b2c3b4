// A function that stores what takes more than it looks like, and purges with more tags than there are: the host keeps to
// its bound on kept answers, and its neighbour does not notice.
import { expect, it } from 'vitest'
import { INSPECTED, readVitals } from '../helpers/host-vitals.ts'
import { writeProject } from '../helpers/project-files.ts'
import { startRoost } from '../helpers/roost.ts'
import { pause } from '../helpers/wait.ts'

const CACHE_MB = 32
/** Without the bound the first shape alone takes ten times this. */
const HEAP_MB = 128

const HOSTILE = `
import http from 'node:http'
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
const { edgeURL, token } = JSON.parse(Buffer.from(process.env.NETLIFY_BLOBS_CONTEXT, 'base64'))
const { hostname, port } = new URL(edgeURL)
const send = (method, path, headers, body = '') => new Promise((resolve, reject) => {
  const all = { authorization: 'Bearer ' + token, 'content-length': Buffer.byteLength(body), ...headers }
  const call = http.request({ agent, hostname, port, method, path, headers: all }, (response) => {
    response.resume()
    response.on('error', reject)
    response.on('end', () => resolve(response.headers['netlify-programmable-error'] ? 'not kept' : response.statusCode))
  })
  call.on('error', reject)
  call.end(body)
})
const put = (url, headers, { body, request = {}, store = 's' } = {}) => send('POST', '/.netlify/cache/' + encodeURIComponent(url), {
  ...request,
  'netlify-programmable-store': store,
  'netlify-programmable-headers': Buffer.from(JSON.stringify({ 'cache-control': ['max-age=600'], ...headers })).toString('base64'),
}, body)
const purge = (cache_tags) => send('POST', '/api/v1/purge', {}, JSON.stringify({ site_id: process.env.SITE_ID, cache_tags }))
const list = (length, make) => Array.from({ length }, (_, i) => make(i))
const url = (i) => 'https://x.test/' + i
const large = Buffer.alloc(6 * 1024 * 1024, 1)
const shapes = {
  values: [300, (i) => put(url(i), { x: list(14000, () => '') })],
  headers: [600, (i) => put(url(i), { x: list(250, () => '') })],
  vary: [200, (i) => put(url(i), { vary: [list(18000, () => 'a').join()] })],
  fewVary: [1000, (i) => put(url(i), { vary: [list(32, (n) => 'n' + n).join()] }, { request: { n1: 'v'.repeat(40000) } })],
  tags: [200, (i) => put(url(i), { 'cache-tag': [list(6000, (n) => (i * 6000 + n).toString(36)).join()] })],
  fewTags: [200, (i) => put(url(i), { 'cache-tag': [list(500, (n) => 'tag' + (i * 500 + n)).join()] })],
  tiny: [1000, (i) => put(url(i), { 'cache-tag': ['t' + i] })],
  variants: [400, (i) => put(url(0), { vary: ['a'] }, { request: { a: 'x'.repeat(10000) + i } })],
  urls: [200, (i) => put(url('u'.repeat(20000) + i), {})],
  bodies: [12, (i) => put(url('large' + i), {}, { body: large }), 2], // there is room for two of one instance at once
  names: [300, (i) => put(url(i), {}, { store: '\\u00e9'.repeat(5000) + i })],
  purgeTooMany: [10, () => purge(list(80000, () => ''))],
  purge: [40, (n) => purge(list(5000, (i) => 't' + (i + n)))],
  purgeOften: [300, (i) => purge(['t' + i])],
  purgeAll: [40, () => purge(undefined)],
}
export default async (request) => {
  const [count, run, atOnce = 4] = shapes[new URL(request.url).searchParams.get('shape')]
  const answers = {}
  let next = 0
  await Promise.all(list(atOnce, async () => {
    while (next < count) {
      const answer = await run(next++)
      answers[answer] = (answers[answer] ?? 0) + 1
    }
  }))
  return Response.json(answers)
}
`
const EXPECTED: Record<string, object> = {
  values: { 'not kept': 300 },
  headers: { 200: 600 },
  vary: { 200: 200 }, // the same name again and again is one name
  fewVary: { 200: 1000 },
  tags: { 'not kept': 200 },
  fewTags: { 200: 200 },
  tiny: { 200: 1000 },
  variants: { 200: 400 },
  urls: { 'not kept': 200 },
  bodies: { 200: 12 },
  names: { 200: 300 },
  purgeTooMany: { 400: 10 },
}
/** How many of a purge are accepted depends on how long they take: two in five seconds of each tag, and of all. */
const PURGES = { purge: 40, purgeOften: 300, purgeAll: 40 }

it('a function cannot fill the host through its cache, nor hold it up with purges', {
  timeout: 240_000,
}, async () => {
  const dir = await writeProject({
    'netlify/functions/hostile.mjs': HOSTILE,
    'netlify/functions/neighbour.mjs': "export default () => new Response('well')",
    'netlify.toml': '',
  })
  await using roost = await startRoost(['serve', dir, '--port', '0'], {
    env: { ROOST_CACHE_BYTES: String(CACHE_MB * 1024 * 1024) },
    nodeArgs: [...INSPECTED, `--max-old-space-size=${HEAP_MB}`],
  })
  const ask = async (path: string, ms: number): Promise<string> => {
    const response = await fetch(`${roost.url}/.netlify/functions/${path}`, {
      signal: AbortSignal.timeout(ms),
    })
    return `${response.status} ${await response.text()}`
  }
  expect(await ask('neighbour', 20_000)).toBe('200 well')
  const before = await readVitals(roost)

  let isOver = false
  const neighbour = (async () => {
    const answers: string[] = []
    for (; !isOver; await pause(20))
      // Ten times what the worst of them takes on a machine that does something else.
      answers.push(await ask('neighbour', 5_000).catch((error: Error) => `failed: ${error.message}`))
    return answers
  })()
  const heard: Record<string, unknown> = {}
  try {
    for (const shape of [...Object.keys(EXPECTED), ...Object.keys(PURGES)]) {
      const answer = await ask(`hostile?shape=${shape}`, 60_000)
      heard[shape] = answer.startsWith('200 ') ? JSON.parse(answer.slice(4)) : answer
    }
  } finally {
    isOver = true
  }
  const answers = await neighbour
  expect(answers.filter((answer) => answer !== '200 well')).toEqual([])
  expect(answers.length).toBeGreaterThan(20)
  expect(heard).toMatchObject(EXPECTED)
  for (const [shape, count] of Object.entries(PURGES)) {
    const { 202: accepted = 0, 429: refused = 0, ...others } = heard[shape] as Record<string, number>
    expect([shape, accepted + refused, accepted > 0, others]).toEqual([shape, count, true, {}])
  }

  const after = await readVitals(roost)
  const grownMb = after.heapMb + after.buffersMb - before.heapMb - before.buffersMb
  expect(grownMb).toBeLessThan(10) // it was all purged
})
