import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MIB } from '../../../src/base/lib/index.ts'
import { FileDelivery } from '../../../src/gateway/static/index.ts'
import { type GatewayHarness, startGateway } from '../../helpers/gateway-harness.ts'
import { createListLog } from '../../helpers/list-log.ts'
import { getHeader, RawClient, type RawResponse } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'

// dev-and-edge.md §3.3 and §3.4, D109.
const TEXT = 'All work and no play makes Jack a dull boy.\n'.repeat(1000)
const LARGE = 'All work and no play makes Jack a dull boy.\n'.repeat(20_000)
const NEIGHBOUR = brotliCompressSync('from the neighbour')
const decoders = { br: brotliDecompressSync, zstd: zstdDecompressSync, gzip: gunzipSync }

let gateway: GatewayHarness
beforeAll(async () => {
  gateway = await startGateway({
    files: {
      'file.html': 'the page',
      'file/index.html': 'the folder',
      'un&safe + [x]#1.html': 'unsafe',
      'caf\u00e9.txt': 'caf\u00e9 \u2603 \u{1F600}',
      'text.txt': TEXT,
      'same.txt': TEXT,
      'large.css': LARGE,
      'awaited.css': `/* another */${LARGE}`,
      'tiny.txt': 'tiny',
      'empty.txt': '',
      'noise.txt': randomBytes(20_000),
      'photo.png': TEXT,
      'neighbour.js': 'from the file',
      'neighbour.js.br': NEIGHBOUR,
      'linked.js': 'from the file',
      'linked.js.br': NEIGHBOUR,
      'stale.js': `${TEXT}newer`,
      'stale.js.gz': gzipSync('older'),
      'changing.txt': TEXT,
      'damaged.txt': `damaged ${TEXT}`,
      'cut.txt': `cut ${TEXT}`,
      '404.html': `<h1>nothing here</h1>${TEXT}`,
    },
  })
  const past = new Date(Date.now() - 60_000)
  utimesSync(join(gateway.publishDir, 'stale.js.gz'), past, past)
})
afterAll(() => gateway.stop())

interface Request {
  method?: string
  headers?: Record<string, string>
}

async function get(path: string, { method = 'GET', headers = {} }: Request = {}): Promise<RawResponse> {
  const client = await RawClient.connect(gateway.url)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  client.sendHead(`${method} ${path} HTTP/1.1`, 'Host: a', ...lines)
  const response = await client.read({ isHead: method === 'HEAD' })
  client.destroy()
  return response
}

const accept = (list: string) => ({ headers: { 'Accept-Encoding': list } })
const codingOf = (response: RawResponse) => getHeader(response, 'content-encoding') as 'br' | undefined

function decode(response: RawResponse): string {
  const bytes = Buffer.from(response.body, 'latin1')
  const coding = codingOf(response)
  return (coding === undefined ? bytes : decoders[coding](bytes)).toString()
}

/** Until the copy is kept: the first requests get the file as it is. */
function getEncoded(path: string, list: string): Promise<RawResponse> {
  return waitFor(`${path} as ${list}`, async () => {
    const response = await get(path, accept(list))
    return codingOf(response) === undefined ? undefined : response
  })
}

describe('files', () => {
  it('case 61: `/file` with both file.html and a folder file/ is file.html', async () => {
    expect((await get('/file')).body).toBe('the page')
  })

  it('case 62: a name with characters that are unsafe in URLs', async () => {
    expect((await get('/un%26safe%20%2B%20%5Bx%5D%231.html')).body).toBe('unsafe')
    expect((await get('/un&safe%20+%20[x]%231')).body).toBe('unsafe')
  })

  it('case 63: a non-ASCII file keeps its bytes', async () => {
    const response = await get('/caf%C3%A9.txt')
    expect(Buffer.from(response.body, 'latin1').toString()).toBe('caf\u00e9 \u2603 \u{1F600}')
    expect(getHeader(response, 'content-type')).toBe('text/plain; charset=utf-8')
  })

  it('case 64: a second request with If-None-Match is a 304', async () => {
    const first = await get('/text.txt')
    const etag = getHeader(first, 'etag')!
    const second = await get('/text.txt', { headers: { 'If-None-Match': etag } })
    expect([second.status, second.body, getHeader(second, 'etag')]).toEqual([304, '', etag])
    expect(getHeader(second, 'vary')).toBe('Accept-Encoding')
  })

  it('case 65: POST to a static path is a 405', async () => {
    expect((await get('/file', { method: 'POST' })).status).toBe(405)
  })

  it('have a tag of their content, whatever their name and times', async () => {
    const tag = async (path: string): Promise<string> => getHeader(await get(path), 'etag')!
    const before = await tag('/text.txt')
    expect(before).toMatch(/^"[0-9a-f]{32}"$/)
    expect(await tag('/same.txt')).toBe(before)
    utimesSync(join(gateway.publishDir, 'same.txt'), 1000, 1000)
    expect(await tag('/same.txt')).toBe(before)
  })

  it('that change have another tag, also with the size and time of before', async () => {
    const path = join(gateway.publishDir, 'changing.txt')
    utimesSync(path, 1000, 1000)
    const before = await get('/changing.txt')
    writeFileSync(path, TEXT.replaceAll('dull', 'shiny').slice(0, TEXT.length))
    utimesSync(path, 1000, 1000)
    const after = await get('/changing.txt')
    expect(after.body).toContain('shiny')
    expect(getHeader(after, 'etag')).not.toBe(getHeader(before, 'etag'))
    expect(getHeader(after, 'last-modified')).toBe(getHeader(before, 'last-modified'))
  })
})

describe('compression', () => {
  it.each(['br', 'zstd', 'gzip'] as const)(
    '%s: the same content, its own tag, and HEAD says the same',
    async (coding) => {
      const [plain, encoded] = [await get('/text.txt'), await get('/text.txt', accept(coding))]
      expect(codingOf(encoded)).toBe(coding)
      expect(decode(encoded)).toBe(TEXT)
      expect(getHeader(encoded, 'etag')).toBe(getHeader(plain, 'etag')!.replace(/"$/, `-${coding}"`))
      expect(getHeader(encoded, 'vary')).toBe('Accept-Encoding')
      expect(getHeader(plain, 'vary')).toBe('Accept-Encoding')
      expect(getHeader(encoded, 'content-length')).toBe(String(encoded.body.length))
      expect(getHeader(encoded, 'cache-control')).toBe('public, max-age=0, must-revalidate')
      const head = await get('/text.txt', { method: 'HEAD', ...accept(coding) })
      const without = ({ headers }: RawResponse) =>
        headers.filter(([name]) => !/^(date|x-nf-request-id)$/.test(name)).sort()
      expect(without(head)).toEqual(without(encoded))
    },
  )

  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=0.9, br;q=0.8', 'gzip'],
    ['br;q=0, *', 'zstd'],
    ['identity', undefined],
    ['identity;q=1, br;q=0.5', undefined],
    ['', undefined],
  ])('Accept-Encoding: %s: %s', async (list, coding) => {
    expect(codingOf(await get('/text.txt', accept(list)))).toBe(coding)
  })

  it.each(['/tiny.txt', '/empty.txt', '/photo.png', '/noise.txt'])('%s is not worth it', async (path) => {
    const response = await get(path, accept('br'))
    expect([response.status, codingOf(response)]).toEqual([200, undefined])
  })

  it('the first requests for a large file get it as it is, later ones compressed', async () => {
    const first = await get('/large.css', accept('gzip'))
    expect([codingOf(first), first.body.length]).toEqual([undefined, LARGE.length])
    expect(decode(await getEncoded('/large.css', 'gzip'))).toBe(LARGE)
  })

  it('a client that refuses the file as it is waits', async () => {
    const response = await get('/awaited.css', accept('gzip, identity;q=0'))
    expect(codingOf(response)).toBe('gzip')
  })

  it('a client that has one representation has the content', async () => {
    const [plain, br] = [await get('/text.txt'), await get('/text.txt', accept('br'))]
    for (const [has, wants] of [
      [plain, 'br'],
      [br, 'identity'],
      [br, 'gzip'],
    ] as const) {
      const etag = getHeader(has, 'etag')!
      const response = await get('/text.txt', {
        headers: { 'If-None-Match': etag, 'Accept-Encoding': wants },
      })
      expect([response.status, getHeader(response, 'etag')]).toEqual([304, etag])
    }
  })

  it('parts are those of the file as it is', async () => {
    const whole = await get('/text.txt', accept('br'))
    const part = await get('/text.txt', { headers: { 'Accept-Encoding': 'br', Range: 'bytes=4-7' } })
    expect([part.status, part.body, codingOf(part)]).toEqual([206, TEXT.slice(4, 8), undefined])
    expect([getHeader(whole, 'accept-ranges'), getHeader(part, 'accept-ranges')]).toEqual([
      undefined,
      'bytes',
    ])
    const resumed = await get('/text.txt', {
      headers: { 'Accept-Encoding': 'br', Range: 'bytes=4-7', 'If-Range': getHeader(whole, 'etag')! },
    })
    expect([resumed.status, resumed.body.length]).toEqual([200, TEXT.length])
  })

  it('a neighbour is used, with a tag of its own content; an older one is not', async () => {
    const neighbour = await get('/neighbour.js', accept('br'))
    expect(decode(neighbour)).toBe('from the neighbour')
    expect(getHeader(neighbour, 'content-type')).toBe('text/javascript; charset=utf-8')
    expect(getHeader(neighbour, 'etag')).toMatch(/^"[0-9a-f]{32}-br"$/)
    expect((await get('/neighbour.js')).body).toBe('from the file')
    expect(Buffer.from((await get('/neighbour.js.br')).body, 'latin1').equals(NEIGHBOUR)).toBe(true)
    expect(decode(await get('/stale.js', accept('gzip')))).toBe(`${TEXT}newer`)
  })

  it('a neighbour that has become a link is not followed', async () => {
    const path = join(gateway.publishDir, 'linked.js.br')
    expect(decode(await get('/linked.js', accept('br')))).toBe('from the neighbour')
    rmSync(path)
    symlinkSync('/etc/passwd', path)
    const response = await get('/linked.js', accept('br'))
    expect([codingOf(response), response.body]).toEqual([undefined, 'from the file'])
  })

  it('the page for what is not found is compressed too, and has no tag', async () => {
    const page = await get('/nothing', accept('br'))
    expect([page.status, codingOf(page), getHeader(page, 'etag')]).toEqual([404, 'br', undefined])
    expect(decode(page)).toContain('nothing here')
  })
})

describe('copies that are kept', () => {
  const copies = (): string[] => readdirSync(gateway.encodedDir)

  /** A host that starts on the folder that another has left. */
  const restart = (): Promise<GatewayHarness> =>
    startGateway({ files: { x: '' }, encodedDir: gateway.encodedDir })
  const openOther = async (other: GatewayHarness, path: string): Promise<RawResponse> => {
    const client = await RawClient.connect(other.url)
    client.sendHead(`GET ${path} HTTP/1.1`, 'Host: a', 'Accept-Encoding: br')
    const response = await client.read()
    client.destroy()
    return response
  }

  it('are named by content, and are found again after a restart', async () => {
    await getEncoded('/large.css', 'br')
    const before = copies()
    expect(before.every((name) => /^[0-9a-f]{32}\.(br|zstd|gzip)\.\d+\.[0-9a-f]{32}$/.test(name))).toBe(true)
    const other = await restart()
    try {
      expect(other.delivery.copies!.count).toBe(0)
      const hash = before.find((name) => name.includes('.br.'))!.slice(0, 32)
      const copy = await other.delivery.copies!.open(hash, 'br')
      expect(copy!.size).toBeGreaterThan(0)
      expect(other.delivery.copies!.count).toBe(before.length)
    } finally {
      await other.stop()
    }
  })

  it.each([
    ['damaged.txt', 'other bytes', (path: string, size: number) => writeFileSync(path, randomBytes(size))],
    ['cut.txt', 'another length', (path: string) => truncateSync(path, 5)],
  ])('%s: one that holds %s is not sent, but made anew', async (name, _what, damage) => {
    const first = await getEncoded(`/${name}`, 'br')
    const hash = getHeader(first, 'etag')!.slice(1, 33)
    const copy = copies().find((each) => each.startsWith(hash))!
    damage(join(gateway.encodedDir, copy), Number(copy.split('.')[2]))
    const again = await get(`/${name}`, accept('br'))
    expect(decode(again)).toBe(decode(first))
    expect(codingOf(await getEncoded(`/${name}`, 'br'))).toBe('br')
  })

  it('that vanish are made anew', async () => {
    await get('/text.txt', accept('br'))
    rmSync(gateway.encodedDir, { recursive: true })
    const response = await get('/text.txt', accept('br'))
    expect([codingOf(response), decode(response)]).toEqual(['br', TEXT])
  })

  it('stay within their bound: what was not asked for the longest goes', async () => {
    const small = await startGateway({
      files: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${i}.txt`, `${i} ${TEXT}`])),
      limits: { encodedBytes: 5 * 5000 },
    })
    try {
      const read = async (name: string): Promise<string | undefined> =>
        codingOf(await openOther(small, `/${name}`))
      for (let i = 0; i < 12; i++) {
        expect(await read(`${i}.txt`)).toBe('br')
        expect(await read('0.txt')).toBe('br')
      }
      const { copies: kept } = small.delivery
      expect(kept!.bytes).toBeLessThanOrEqual(5 * 5000)
      expect(readdirSync(small.encodedDir)).toHaveLength(kept!.count)
      expect(kept!.count).toBeLessThanOrEqual(6)
    } finally {
      await small.stop()
    }
  })

  it('a folder that cannot be written costs the compression and nothing else', async () => {
    const blocked = await startGateway({ files: { 'a.txt': TEXT }, encodedDir: '/proc/nothing' })
    try {
      for (let i = 0; i < 3; i++) {
        const response = await openOther(blocked, '/a.txt')
        expect([response.status, codingOf(response), response.body]).toEqual([200, undefined, TEXT])
      }
      expect(blocked.log.filter(({ event }) => event === 'static.not_compressed')).toHaveLength(1)
    } finally {
      await blocked.stop()
    }
  })
})

describe('headers that a rule wants', () => {
  it('win over those of the file, but not over what says of the bytes', async () => {
    const site = gateway.deploy.staticSite!
    const match = site.find('/text.txt')
    if (match?.kind !== 'file') throw new Error('no file')
    const sent = await new Promise<{ status: number; headers: string[] }>((resolve) => {
      const sink = {
        listen: () => undefined,
        send: (status: number, headers: string[]) => resolve({ status, headers }),
        start: () => true,
        write: () => true,
        end: () => undefined,
        abort: () => undefined,
      }
      const head = { method: 'GET', headers: ['accept-encoding', 'br'] }
      site.send(match.file, head as never, sink, {
        status: 410,
        headers: [
          ...['Cache-Control', 'max-age=60', 'Content-Type', 'text/css', 'X-A', 'b', 'Set-Cookie', 'c'],
          ...['ETag', '"mine"', 'Content-Length', '1', 'Content-Encoding', 'x', 'Vary', 'Cookie'],
        ],
        onMissing: () => undefined,
      })
    })
    expect(sent).toEqual({
      status: 410,
      headers: [
        ...['Cache-Control', 'max-age=60', 'X-A', 'b', 'Set-Cookie', 'c', 'vary', 'Cookie, Accept-Encoding'],
        ...['content-type', 'text/css', 'content-encoding', 'br'],
      ],
    })
  })
})

it('a large file has a tag at once, and is sent without being held in memory', async () => {
  const size = 5 * 1024 * MIB
  writeFileSync(join(gateway.publishDir, 'photo.png'), '')
  truncateSync(join(gateway.publishDir, 'photo.png'), size)
  const head = await get('/photo.png', { method: 'HEAD' })
  expect(getHeader(head, 'content-length')).toBe(String(size))
  expect(getHeader(head, 'etag')).toMatch(/^"[0-9a-f-]+"$/)
  const last = await get('/photo.png', { headers: { Range: 'bytes=-3' } })
  expect([last.status, last.body]).toEqual([206, '\0\0\0'])
  truncateSync(join(gateway.publishDir, 'photo.png'), 0)
})

it('without a folder for copies nothing is compressed but what lies so', async () => {
  const delivery = new FileDelivery({})
  expect(delivery.copies).toBeUndefined()
  expect(
    new FileDelivery({ copies: { dir: '/x', maxBytes: 0, log: createListLog([]) } }).copies,
  ).toBeUndefined()
  await delivery.close()
})
