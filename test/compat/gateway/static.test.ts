import { readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MIB } from '../../../src/base/lib/index.ts'
import { type GatewayHarness, startGateway } from '../../helpers/gateway-harness.ts'
import { type AskOptions, ask } from '../../helpers/http.ts'
import { RawClient } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'

// dev-and-edge.md §3, D8 and D32.
const LARGE = Buffer.from(Array.from({ length: 4 * MIB }, (_, i) => i % 251))

let gateway: GatewayHarness
beforeAll(async () => {
  gateway = await startGateway({
    files: {
      'index.html': '<h1>home</h1>',
      'about.html': 'about',
      'docs/index.html': 'docs',
      'style.css': 'a{}',
      'swapped/page.txt': 'page',
      'app.js': '1',
      'data.json': '{}',
      'logo.svg': '<svg/>',
      'photo.png': 'png',
      'unknown.xyz': '?',
      'empty.txt': '',
      'caf\u00e9 & bar.txt': 'coffee',
      '404.html': '<h1>nothing here</h1>',
      '.env': 'SECRET=1',
      '.well-known/security.txt': 'contact',
      'large.bin': LARGE,
      'huge.bin': 'grows',
      'gone.txt': 'soon gone',
      'link.txt': 'soon a link',
    },
  })
})
afterAll(() => gateway.stop())

const visit = (path: string, options?: AskOptions) => ask(gateway.url + path, options)

describe('files', () => {
  it('with everything that caches ask for', async () => {
    const { status, headers, body } = await visit('/')
    expect([status, body]).toEqual([200, '<h1>home</h1>'])
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-length': '13',
      'cache-control': 'public, max-age=0, must-revalidate',
      etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
      'last-modified': expect.stringMatching(/ GMT$/),
      'accept-ranges': 'bytes',
      'x-nf-request-id': expect.stringMatching(/^[0-9A-Z]{26}$/),
    })
    expect(headers['x-roost-error']).toBeUndefined()
  })

  it.each([
    ['/style.css', 'text/css; charset=utf-8'],
    ['/app.js', 'text/javascript; charset=utf-8'],
    ['/data.json', 'application/json; charset=utf-8'],
    ['/logo.svg', 'image/svg+xml; charset=utf-8'],
    ['/photo.png', 'image/png'],
    ['/unknown.xyz', 'chemical/x-xyz'],
    ['/large.bin', 'application/octet-stream'],
  ])('%s is %s', async (path, type) => {
    expect((await visit(path, { method: 'HEAD' })).headers['content-type']).toBe(type)
  })

  it.each([
    ['/about', 200, 'about'],
    ['/about.html', 200, 'about'],
    ['/docs/', 200, 'docs'],
    ['/empty.txt', 200, ''],
    ['/caf%C3%A9%20%26%20bar.txt', 200, 'coffee'],
    ['/.well-known/security.txt', 200, 'contact'],
    ['/about/?a=b', 301, ''],
    ['/docs?a=b', 301, ''],
  ])('%s: %i %s', async (path, status, body) => {
    expect(await visit(path)).toMatchObject({ status, body })
  })

  it('sends the other address of a page to the one, with its query', async () => {
    expect((await visit('/about/?a=b')).headers).toMatchObject({
      location: '/about?a=b',
      'cache-control': 'public, max-age=0, must-revalidate',
    })
    expect((await visit('/docs?a=b')).headers.location).toBe('/docs/?a=b')
  })

  it('HEAD says what GET would, without the body', async () => {
    const [get, head] = [await visit('/large.bin'), await visit('/large.bin', { method: 'HEAD' })]
    expect(head.body).toBe('')
    for (const name of ['etag', 'content-length', 'content-type', 'last-modified'])
      expect(head.headers[name]).toBe(get.headers[name])
  })

  it('large ones arrive byte for byte', async () => {
    const response = await fetch(`${gateway.url}/large.bin`)
    expect(Buffer.from(await response.arrayBuffer()).equals(LARGE)).toBe(true)
  })
})

describe('conditions and ranges', () => {
  it('is not sent again to somebody who has it', async () => {
    const { headers } = await visit('/about')
    const conditions: Record<string, string>[] = [
      { 'if-none-match': headers.etag! },
      { 'if-none-match': `"x", W/${headers.etag}` },
      { 'if-modified-since': headers['last-modified']! },
    ]
    for (const condition of conditions) {
      const again = await visit('/about', { headers: condition })
      expect([again.status, again.body, again.headers.etag]).toEqual([304, '', headers.etag])
      expect(again.headers['content-length']).toBeUndefined()
    }
  })

  it('in parts', async () => {
    const part = async (range: string) => {
      const response = await fetch(`${gateway.url}/large.bin`, { headers: { range } })
      return { response, bytes: Buffer.from(await response.arrayBuffer()) }
    }
    const middle = await part('bytes=1000-300000')
    expect(middle.response.status).toBe(206)
    expect(middle.response.headers.get('content-range')).toBe(`bytes 1000-300000/${LARGE.length}`)
    expect(middle.bytes.equals(LARGE.subarray(1000, 300_001))).toBe(true)
    const last = await part('bytes=-5')
    expect(last.bytes.equals(LARGE.subarray(-5))).toBe(true)
    const beyond = await part(`bytes=${LARGE.length}-`)
    expect(beyond.response.status).toBe(416)
    expect(beyond.response.headers.get('content-range')).toBe(`bytes */${LARGE.length}`)
  })

  it('fails a precondition', async () => {
    expect((await visit('/about', { headers: { 'if-match': '"other"' } })).status).toBe(412)
  })
})

describe('what is refused', () => {
  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s to a file: 405', async (method) => {
    expect(await visit('/about', { method })).toMatchObject({
      status: 405,
      body: 'Method Not Allowed',
      headers: { allow: 'GET, HEAD, OPTIONS', 'x-roost-error': 'METHOD_NOT_ALLOWED' },
    })
  })

  it('OPTIONS says what a file allows', async () => {
    expect(await visit('/about', { method: 'OPTIONS' })).toMatchObject({
      status: 204,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    })
  })

  it.each(['/..%2f..%2fetc%2fpasswd', '/docs/..%2f..%2fetc%2fpasswd', '/about%00.html', '/%2e%2e%2fetc'])(
    '%s: 400',
    async (path) => {
      const client = await RawClient.connect(gateway.url)
      client.sendHead(`GET ${path} HTTP/1.1`, 'Host: a', 'Connection: close')
      expect((await client.read()).status).toBe(400)
    },
  )

  it.each(['/.env', '/%2eenv', '/nothing', '/ABOUT', '/.git/config'])(
    "%s: 404 with the site's own page, also for POST",
    async (path) => {
      for (const method of ['GET', 'POST'])
        expect(await visit(path, { method })).toMatchObject({
          status: 404,
          body: '<h1>nothing here</h1>',
          headers: {
            'content-type': 'text/html; charset=utf-8',
            'x-roost-error': 'NOT_FOUND',
            'x-nf-request-id': expect.any(String),
          },
        })
    },
  )

  it('the page for what is not found is not a file to have: no conditions, no parts', async () => {
    const { headers } = await visit('/404.html')
    const answer = await visit('/nothing', {
      headers: { 'if-none-match': headers.etag!, range: 'bytes=0-1' },
    })
    expect([answer.status, answer.headers.etag]).toEqual([404, undefined])
  })

  it('without a page of its own: a line of text; without files: the same', async () => {
    for (const files of [{ 'index.html': '' }, undefined]) {
      const bare = await startGateway({ ...(files && { files }) })
      try {
        expect(await ask(`${bare.url}/nothing`)).toMatchObject({
          status: 404,
          body: 'Not Found',
          headers: { 'content-type': 'text/plain; charset=utf-8', 'x-roost-error': 'NOT_FOUND' },
        })
      } finally {
        await bare.stop()
      }
    }
  })
})

describe('files that change under our hands', () => {
  it('one that is gone, or has become a link, is not found', async () => {
    rmSync(join(gateway.publishDir, 'gone.txt'))
    rmSync(join(gateway.publishDir, 'link.txt'))
    symlinkSync('/etc/passwd', join(gateway.publishDir, 'link.txt'))
    for (const path of ['/gone.txt', '/link.txt'])
      expect(await visit(path)).toMatchObject({ status: 404, body: '<h1>nothing here</h1>' })
  })

  it('one that lies behind a folder which has become a link is not found', async () => {
    const folder = join(gateway.publishDir, 'swapped')
    expect(await visit('/swapped/page.txt')).toMatchObject({ status: 200, body: 'page' })
    renameSync(folder, `${folder}-before`)
    symlinkSync(`${folder}-before`, folder)
    expect(await visit('/swapped/page.txt')).toMatchObject({ status: 404, body: '<h1>nothing here</h1>' })
  })

  it('one that shrinks while it is sent ends the connection: nobody takes the part for the whole', async () => {
    const path = growHuge()
    const client = await RawClient.connect(gateway.url)
    client.sendHead('GET /huge.bin HTTP/1.1', 'Host: a')
    await client.peekHead()
    client.socket.pause()
    truncateSync(path, 1000)
    client.socket.resume()
    expect(await client.read()).toMatchObject({ status: 200, isWhole: false })
    expect(openDescriptors('huge.bin')).toEqual([])
  })

  it('a client that leaves in the middle leaves nothing open', async () => {
    growHuge()
    const client = await RawClient.connect(gateway.url)
    client.sendHead('GET /huge.bin HTTP/1.1', 'Host: a')
    await client.peekHead()
    client.socket.pause()
    expect(openDescriptors('huge.bin')).toHaveLength(1)
    client.destroy()
    await waitFor('its end', () => openDescriptors('huge.bin').length === 0)
    expect(gateway.gateway.stats().openRequests).toBe(0)
  })

  /** More than fits into the buffers between us and a client that does not read. */
  const growHuge = (): string => {
    const path = join(gateway.publishDir, 'huge.bin')
    truncateSync(path, 64 * MIB)
    return path
  }
})

/** Descriptors of this process on a file of that name. */
function openDescriptors(name: string): string[] {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).endsWith(`/${name}`)
    } catch {
      return false // the descriptor with which the list itself was read
    }
  })
}
