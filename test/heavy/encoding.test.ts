// Clients that ask for many things to be compressed at once, and headers without end: the host answers everyone with the
// right bytes, keeps to its bounds, and a full disk costs the compression only.
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { DATA_FOLDER } from '../../src/base/lib/index.ts'
import { startGateway } from '../helpers/gateway-harness.ts'
import { INSPECTED, readVitals } from '../helpers/host-vitals.ts'
import { writeProject } from '../helpers/project-files.ts'
import { getHeader, RawClient, type RawResponse } from '../helpers/raw-client.ts'
import { startRoost } from '../helpers/roost.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { waitFor } from '../helpers/wait.ts'

const decoders: Record<string, (bytes: Buffer) => Buffer> = {
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
  gzip: gunzipSync,
}

async function get(url: string, path: string, list?: string): Promise<RawResponse> {
  const client = await RawClient.connect(url)
  client.sendHead(
    `GET ${path} HTTP/1.1`,
    'Host: a',
    ...(list === undefined ? [] : [`Accept-Encoding: ${list}`]),
  )
  const response = await client.read()
  client.destroy()
  return response
}

function digestContent(response: RawResponse): string {
  const coding = getHeader(response, 'content-encoding')
  const bytes = Buffer.from(response.body, 'latin1')
  return digest(coding === undefined ? bytes : decoders[coding]!(bytes))
}

const digest = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

/** @param seed makes the content another one. */
const makeText = (seed: number, bytes: number): string =>
  Array.from({ length: bytes / 64 }, (_, i) =>
    `${seed} line ${i} ${digest(`${seed}/${i}`)}`.slice(0, 63),
  ).join('\n')

const LISTS = ['br', 'zstd', 'gzip', 'gzip, deflate, br, zstd', 'identity', 'br, identity;q=0', '*']

it('1,000 requests for large files in every encoding', { timeout: 300_000 }, async () => {
  const dir = await writeProject({ 'netlify.toml': '[build]\npublish = "public"\n' })
  mkdirSync(join(dir, 'public'))
  const digests = Array.from({ length: 10 }, (_, i) => {
    const text = makeText(i, 256 * 1024)
    writeFileSync(join(dir, 'public', `${i}.txt`), text)
    return digest(text)
  })
  const encodedBytes = 1024 * 1024
  await using roost = await startRoost(['serve', dir, '--port', '0'], {
    env: { ROOST_ENCODED_BYTES: String(encodedBytes) },
    nodeArgs: [...INSPECTED, '--max-old-space-size=128'],
  })
  const before = await readVitals(roost)
  let next = 0
  const wrong: string[] = []
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      for (let i = next++; i < 1000; i = next++) {
        const response = await get(roost.url, `/${i % 10}.txt`, LISTS[i % LISTS.length])
        if (response.status !== 200 || digestContent(response) !== digests[i % 10])
          wrong.push(`${i}: ${response.status}`)
      }
    }),
  )
  expect(wrong).toEqual([])
  const after = await readVitals(roost)
  expect(after.heapMb + after.buffersMb - before.heapMb - before.buffersMb).toBeLessThan(30)
  const folder = join(dir, DATA_FOLDER, 'encoded')
  const kept = readdirSync(folder).filter((name) => !name.startsWith('draft-'))
  const bytes = kept.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  expect(bytes).toBeLessThanOrEqual(encodedBytes)
})

it('headers of 30 KB cost no more than others', { timeout: 120_000 }, async () => {
  const text = makeText(1, 8192)
  const gateway = await startGateway({
    functions: { text: { play: (call) => call.answer(200, ['content-type', 'text/plain'], text) } },
    files: { 'text.txt': text },
  })
  const fill = (piece: string): string => piece.repeat(Math.floor(30_000 / piece.length))
  const monsters = [
    fill(','),
    fill(';'),
    fill('br,'),
    fill('br;q=0.5,'),
    fill('*;q=0,'),
    fill(' '),
    fill('gzip;'),
    `br;q=${fill('0')}`,
    `br;q=0.${fill('9')}`,
    `${fill('x')}, br`,
    `identity;q=0,${fill('a;q=1,')}`,
  ]
  try {
    for (let round = 0; round < 10; round++)
      await Promise.all(
        monsters.flatMap((list) =>
          ['/text.txt', '/.netlify/functions/text'].map(async (path) => {
            expect(digestContent(await get(gateway.url, path, list))).toBe(digest(text))
          }),
        ),
      )
  } finally {
    await gateway.stop()
  }
})

it('300 streams at once: some are compressed, all are whole', { timeout: 120_000 }, async () => {
  const pieces = Array.from({ length: 20 }, (_, i) => Buffer.from(makeText(i, 4096)))
  const whole = digest(Buffer.concat(pieces))
  const gateway = await startGateway({
    limits: { encoders: 20 },
    functions: {
      stream: {
        play: (call) => {
          call.head(200, ['content-type', 'text/plain'])
          let i = 0
          const step = (): void => {
            if (i === pieces.length) return call.end()
            call.chunk(pieces[i++]!)
            setImmediate(step)
          }
          // All have begun before the first one ends.
          setImmediate(() => waitFor('all', () => gateway.calls.length === 300).then(step))
        },
      },
    },
  })
  try {
    const codings = await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        const response = await get(gateway.url, '/.netlify/functions/stream', LISTS[i % 4])
        expect(response.isWhole).toBe(true)
        expect(digestContent(response)).toBe(whole)
        return getHeader(response, 'content-encoding')
      }),
    )
    expect(codings.filter((coding) => coding !== undefined)).toHaveLength(20)
  } finally {
    await gateway.stop()
  }
})

const folder = temporaryFolder('full-disk')
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0
if (!isMounted) console.log('skipped: a full disk needs the right to mount one')

describe.skipIf(!isMounted)('a disk that is full', () => {
  it('costs the compression and nothing else', async () => {
    const encodedDir = join(folder, 'encoded')
    mkdirSync(encodedDir)
    writeFileSync(join(folder, 'filler'), randomBytes(56 * 1024))
    const text = makeText(1, 60 * 1024)
    const gateway = await startGateway({
      encodedDir,
      files: { 'text.txt': text, 'other.txt': `other ${text}` },
    })
    try {
      for (const path of ['/text.txt', '/other.txt', '/text.txt']) {
        const response = await get(gateway.url, path, 'br')
        expect([response.status, getHeader(response, 'content-encoding')]).toEqual([200, undefined])
        expect(response.body.endsWith(text)).toBe(true)
      }
      expect(gateway.log.filter(({ event }) => event === 'static.not_compressed')).toHaveLength(1)
      expect(readdirSync(encodedDir)).toEqual([])
    } finally {
      await gateway.stop()
      spawnSync('umount', [folder])
    }
  })
})
