// A function that fills the disk through Blobs in every way there is: unfinished uploads, overwriting, tiny blobs; and one
// that lists without end. The disk stays within the quota as the system counts it, and its neighbour is served.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeProject } from '../helpers/project-files.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { waitFor } from '../helpers/wait.ts'

const MIB = 1024 * 1024
const QUOTA = 30 * MIB
/** Folders (256 of one block), a draft in place of a smaller blob (1 MB), locks. */
const SLACK = 3 * MIB
/** Rows, their indexes and the write-ahead log, beside the content. */
const DATABASE = 16 * MIB
const UPLOADS = 8

const CLIENT = `
import http from 'node:http'
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })
const { edgeURL, token, siteID } = JSON.parse(Buffer.from(process.env.NETLIFY_BLOBS_CONTEXT, 'base64'))
const { hostname, port } = new URL(edgeURL)
const request = (method, path, headers = {}) =>
  http.request({ agent, hostname, port, method, path: '/' + siteID + '/site:' + path, headers: { authorization: 'Bearer ' + token, ...headers } })
const answerOf = (call) => new Promise((resolve, reject) => {
  call.on('error', reject)
  call.on('response', async (response) => {
    const pieces = []
    for await (const piece of response) pieces.push(piece)
    resolve({ status: response.statusCode, code: response.headers['x-roost-error'], text: Buffer.concat(pieces).toString() })
  })
})
const send = async (method, path, body) => {
  const call = request(method, path, body === undefined ? {} : { 'content-length': Buffer.byteLength(body) })
  const answer = answerOf(call)
  call.end(body)
  // An idle connection may be closed while it is used again, as every client of HTTP knows.
  return answer.catch((error) => {
    if (call.reusedSocket && error.code === 'ECONNRESET') return send(method, path, body)
    throw error
  })
}
const together = async (count, atOnce, run) => {
  const answers = {}
  let next = 0
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (next < count) {
      const { status, code } = await run(next++)
      const name = code ?? status
      answers[name] = (answers[name] ?? 0) + 1
    }
  }))
  return answers
}
`
const HOSTILE = `${CLIENT}
const large = Buffer.alloc(${10 * MIB})
const ways = {
  unended: () => Promise.all(Array.from({ length: ${3 * UPLOADS} }, (_, i) => {
    const call = request('PUT', 'unended/' + i, { 'content-length': ${MIB} })
    const drip = setInterval(() => call.write('x'), 50)
    return answerOf(call).then(({ code }) => code, (error) => error.code).finally(() => clearInterval(drip))
  })),
  overwrite: () => together(12, 1, (i) => {
    large.writeUInt32LE(Math.random() * 2 ** 32, 0)
    return send('PUT', 'large/same', large)
  }),
  clear: () => together(1, 1, () => send('DELETE', 'large/same')),
  tiny: (from) => together(2000, 16, (i) => send('PUT', 'tiny/d' + (i % 100) + '/' + from + '-' + i, 'x' + from + i)),
  list: () => together(60, 16, () => send('GET', 'tiny?directories=true')),
}
export default async (incoming) => {
  const { searchParams } = new URL(incoming.url)
  return Response.json(await ways[searchParams.get('way')](Number(searchParams.get('from'))))
}
`
const NEIGHBOUR = `${CLIENT}
export default async () => {
  let put
  do put = await send('PUT', 'neighbour/own', String(Math.random()).padEnd(30).slice(0, 30))
  while (put.status === 429) // has waited for its turn, and tries again, as @netlify/blobs does
  const got = await send('GET', 'neighbour/own')
  return Response.json([put.status, got.status], { status: put.status === 200 && got.status === 200 ? 200 : 500 })
}
`

let data: string
let roost: Roost
let remove: () => Promise<void>

beforeAll(async () => {
  data = temporaryFolder('data')
  const files = {
    'netlify/functions/hostile.mjs': HOSTILE,
    'netlify/functions/neighbour.mjs': NEIGHBOUR,
  }
  const dir = await writeProject(files, (done) => {
    remove = done
  })
  const env = {
    ROOST_BLOB_SITE_BYTES: String(QUOTA),
    ROOST_BLOB_UPLOADS: String(UPLOADS),
    ROOST_CLIENT_STALL_MS: '15000',
    ROOST_BLOB_WAIT_MS: '5000',
  }
  roost = await startRoost(['serve', dir, '--port', '0', '--data', data], { env })
})
afterAll(async () => {
  await roost?.stop()
  await remove?.()
})

async function call(path: string): Promise<unknown> {
  const response = await fetch(`${roost.url}/.netlify/functions/${path}`)
  const body = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${body}`)
  return JSON.parse(body)
}

/** What `du` counts: blocks, not bytes. */
function measure(path: string): number {
  const { stdout } = spawnSync('du', ['-s', '-k', path], { encoding: 'utf8' })
  return Number.parseInt(stdout, 10) * 1024
}

/** Runs a hostile way while the neighbour is called again and again, and the disk is looked at each time. */
async function attack<T>(run: () => Promise<T>): Promise<{ result: T; served: number; largest: number }> {
  let isDone = false
  let [served, largest] = [0, 0]
  const watching = (async () => {
    do {
      await call('neighbour')
      served++
      largest = Math.max(largest, measure(join(data, 'blobs')))
      await nextTurn()
    } while (!isDone)
  })()
  try {
    const [result] = await Promise.all([run().finally(() => (isDone = true)), watching])
    return { result, served, largest }
  } finally {
    isDone = true
  }
}

it('uploads that never end are ended, and leave no draft', async () => {
  const { result, largest } = await attack(() => call('hostile?way=unended'))
  // A client that goes on writing may find its connection closed before it has read the answer.
  for (const end of result as string[])
    expect(end).toMatch(/^(?:REQUEST_TIMEOUT|BLOB_BUSY|ECONNRESET|EPIPE)$/)
  expect(largest).toBeLessThan(QUOTA + SLACK)
  const listDrafts = () =>
    readdirSync(join(data, 'blobs', 'drafts')).filter((name) => !name.endsWith('.lock'))
  await waitFor('the end of the drafts', () => listDrafts().length === 0)
}, 120_000)

it('a large blob is overwritten again and again, and the disk never holds more than the quota', async () => {
  const { result, largest } = await attack(() => call('hostile?way=overwrite'))
  expect(result).toEqual({ 200: 12 })
  expect(largest).toBeLessThan(QUOTA + SLACK)
  expect(await call('hostile?way=clear')).toEqual({ 204: 1 })
}, 120_000)

it('tiny blobs fill the quota and not the disk; lists of many directories hold up nobody', async () => {
  let stored = 0
  const { largest } = await attack(async () => {
    for (let from = 0; from < 10; from++) {
      const answers = (await call(`hostile?way=tiny&from=${from}`)) as Record<string, number>
      expect(Object.keys(answers)).toEqual(
        expect.not.arrayContaining(['INTERNAL', 'STORE_FAILED', 'BLOB_NOT_STORED']),
      )
      stored += answers[200] ?? 0
    }
  })
  expect(stored).toBeGreaterThan(5000)
  expect(stored).toBeLessThan(QUOTA / 4096)
  expect(largest).toBeLessThan(QUOTA + SLACK)
  expect(measure(data) - measure(join(data, 'blobs'))).toBeLessThan(DATABASE)
  expect((await attack(() => call('hostile?way=list'))).result).toEqual({ 200: 60 })
}, 300_000)
