import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type AskOptions, ask, openStream } from '../helpers/http.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'

// What `npm start` does, on a free port.
const SERVE_TOUR = ['serve', 'examples/tour', '--env-file', 'examples/tour/.env.tour', '--port', '0']

let roost: Roost

beforeAll(async () => {
  roost = await startRoost([...SERVE_TOUR, '--verbose'])
})

afterAll(async () => {
  const { code } = await roost.stop()
  expect(code).toBe(0)
})

function visit(path: string, options?: AskOptions): Promise<Answer> {
  return ask(roost.url + path, options)
}

const DEFAULT = '/.netlify/functions'

describe('the start', () => {
  it('prints one line on stdout: the ready line', () => {
    expect(roost.stdout.all).toEqual([`Roost ready: ${roost.url}`])
  })

  it.each([
    `${DEFAULT}/hello`,
    `${DEFAULT}/hello-mjs`,
    `${DEFAULT}/hello-cjs`,
    `${DEFAULT}/hello-mts`,
    `${DEFAULT}/hello-cts`,
    `${DEFAULT}/hello-folder`,
    `${DEFAULT}/hello-index`,
    '/travel-guide/',
    '/cats',
    '/sale/',
    '/museum/',
    '/postcards/',
    '/api-key',
    '/ai/proxy',
    '/v1/chat/completions',
    '/plan-trip',
  ])('prints a curl line for %s on stderr with --verbose', async (path) => {
    await roost.stderr.waitFor(new RegExp(`curl .*${roost.url}${path}`))
  })
})

describe('hello in every spelling', () => {
  it.each([
    ['hello', 'Hello from TypeScript!'],
    ['hello-mjs', 'Hello from an ES module!'],
    ['hello-cjs', 'Hello from CommonJS!'],
    ['hello-mts', 'Hello from an ES module in TypeScript!'],
    ['hello-cts', 'Hello from CommonJS in TypeScript!'],
    ['hello-folder', 'Hello from a folder, from the file that has its name!'],
    ['hello-index', 'Hello from a folder, from its index file!'],
  ])('%s', async (name, body) => {
    expect(await visit(`${DEFAULT}/${name}`)).toMatchObject({ status: 200, body })
  })

  it('imports types without the word `type`', async () => {
    const { status, headers, body } = await visit('/plain-types')
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual({
      method: 'GET',
      path: '/plain-types',
      requestId: headers['x-nf-request-id'],
    })
  })

  it('answers the Lambda-compatible handler', async () => {
    const { status, headers, body } = await visit(`${DEFAULT}/lambda?name=Ana`)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json')
    expect(JSON.parse(body)).toMatchObject({ message: 'Hello, Ana!', requestId: expect.any(String) })
  })
})

describe('URLs of their own', () => {
  it.each([
    ['/travel-guide/Lisbon/Portugal', "You're visiting Lisbon in Portugal!"],
    ['/travel-guide/S%C3%A3o%20Paulo/Brazil', "You're visiting S%C3%A3o%20Paulo in Brazil!"],
    ['/cats', 'Here are all the cats.'],
    ['/dogs', 'Here are all the dogs.'],
    ['/sale/summer/hats', 'On sale: summer/hats'],
    ['/item/1234', 'Item number 1234'],
    ['/museum/east/impressionists', 'Welcome to the room "east/impressionists".'],
  ])('%s', async (path, body) => {
    expect(await visit(path)).toMatchObject({ status: 200, body })
  })

  it.each(['/travel-guide/Lisbon', '/birds', '/item/1/2', `${DEFAULT}/travel-guide`, `${DEFAULT}/nobody`])(
    '%s is not found',
    async (path) => {
      const { status, headers } = await visit(path)
      expect(status).toBe(404)
      expect(headers['x-nf-request-id']).toEqual(expect.any(String))
    },
  )

  it('leaves excluded paths to the static files', async () => {
    const { status, headers, body } = await visit('/museum/cellar')
    expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('text/html')])
    expect(body).toContain('The cellar is closed')
    expect((await visit('/museum/cellar/stairs')).status).toBe(404)
  })

  it('prefers a static file where the function says so, and only where there is one', async () => {
    const file = await visit('/postcards/lisbon.svg')
    expect(file).toMatchObject({ status: 200, body: expect.stringContaining('<title>Lisbon</title>') })
    expect(file.headers['content-type']).toContain('image/svg+xml')
    const drawn = await visit('/postcards/Oslo.svg')
    expect(drawn).toMatchObject({ status: 200, body: expect.stringContaining('>Oslo</text>') })
  })

  it('serves the index page, and the 404 page of the project', async () => {
    expect(await visit('/')).toMatchObject({ status: 200, body: expect.stringContaining('The Roost tour') })
    expect(await visit('/birds', { headers: { accept: 'text/html' } })).toMatchObject({
      status: 404,
      body: expect.stringContaining('This place is not on the map'),
    })
  })

  it('links only to pages that answer', async () => {
    const { body } = await visit('/')
    const links = [...body.matchAll(/href="(\/[^"]*)"/g)].map(([, link]) => link!)
    expect(links.length).toBeGreaterThan(25)
    const bad: string[] = []
    for (const link of links) {
      const { status } = await visit(link.replaceAll('&amp;', '&'))
      if (status >= 400 && link !== '/api-key') bad.push(`${link}: ${status}`)
    }
    expect(bad).toEqual([])
  })
})

describe('what functions use', () => {
  it('checks a key that came in the env file', async () => {
    expect((await visit('/api-key')).status).toBe(401)
    const right = await visit('/api-key', { headers: { 'x-api-key': 'tour-guide-42' } })
    expect(right).toMatchObject({ status: 200, body: 'Come in! The key fits.' })
  })

  it('imports a package from npm', async () => {
    const { status, body } = await visit(`${DEFAULT}/npm-package`)
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual({ ticket: expect.stringMatching(/^[\w-]{21}$/) })
  })

  it('follows the paths of tsconfig.json', async () => {
    const answer = await visit(`${DEFAULT}/tsconfig-paths`)
    expect(answer).toMatchObject({ status: 200, body: expect.stringMatching(/^Learn this today: ./) })
  })

  it('finds the context with the unmodified getContext of @netlify/functions', async () => {
    const { headers, body } = await visit(`${DEFAULT}/get-context`)
    expect(body).toBe(`Request ${headers['x-nf-request-id']} came to ${DEFAULT}/get-context`)
  })
})

describe('work after the answer', () => {
  it('context.waitUntil reaches another function, whose log has the request', async () => {
    const since = roost.stderr.all.length
    expect((await visit(`${DEFAULT}/wait-until?who=ana`)).status).toBe(200)
    const line = await roost.stderr.waitFor(/A visitor came to /, since)
    expect(line).toContain(`${DEFAULT}/wait-until?who=ana`)
    expect(line).toContain('visitor-log')
  })

  it('a background function by its name is answered 202 at once and logs at its end', async () => {
    const since = roost.stderr.all.length
    const { status, headers, body } = await visit(`${DEFAULT}/send-postcards-background`, {
      method: 'POST',
      body: JSON.stringify({ to: ['Ana', 'Kenji'] }),
    })
    expect([status, body]).toEqual([202, ''])
    await roost.stderr.waitFor(
      new RegExp(`All postcards are written \\(request ${headers['x-nf-request-id']}\\)`),
      since,
    )
    expect(roost.stderr.all.slice(since).join('\n')).toMatch(/postcard to Ana\n(.*\n)*.*postcard to Kenji/)
  })

  it('a background function by its config does the same', async () => {
    const since = roost.stderr.all.length
    expect(await visit('/plan-trip?to=Porto')).toMatchObject({ status: 202, body: '' })
    await roost.stderr.waitFor(/The trip to Porto is planned/, since)
  })
})

describe('streams', () => {
  it('the list arrives while it is written: the first item is here before the last is called', async () => {
    const { status, chunks } = await openStream(`${roost.url}${DEFAULT}/stream-list`)
    expect(status).toBe(200)
    let body = ''
    let firstArrivedAt = 0
    for await (const chunk of chunks) {
      body += chunk
      if (firstArrivedAt === 0 && body.includes('<li>')) firstArrivedAt = Date.now()
    }
    const calledAt = [...body.matchAll(/<time>(.*?)<\/time>/g)].map(([, time]) => Date.parse(time!))
    expect(calledAt).toHaveLength(5)
    expect(firstArrivedAt).toBeLessThan(calledAt.at(-1)!)
    expect(body).toMatch(/<\/ol>\n$/)
  })

  it('the proxy of server-sent events passes on the stand-in of the tour', async () => {
    const { status, headers, body } = await visit('/ai/proxy?question=Where%20to%3F')
    expect([status, headers['content-type']]).toEqual([200, 'text/event-stream'])
    expect(readWords(body)).toMatch(/^You asked: Where to\? The answer is/)
    expect(body).toMatch(/data: \[DONE\]\n\n$/)
  })

  it('the async iterator of an SDK becomes a stream', async () => {
    const { status, body } = await visit('/ai/iterator?question=Where%20to%3F')
    expect(status).toBe(200)
    expect(body).toMatch(/^You asked: Where to\? The answer is/)
  })
})

describe('streams of an AI that waits for its reader', () => {
  // This stand-in writes its last word only when the test has seen the first: it hangs unless every station in between
  // passes each word on at once.
  let waiting: ServerResponse | undefined
  const ai = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(event('first '))
    waiting = response
  })
  let tour: Roost

  beforeAll(async () => {
    await new Promise<void>((resolve) => ai.listen(0, '127.0.0.1', resolve))
    const { port } = ai.address() as AddressInfo
    tour = await startRoost([...SERVE_TOUR, '--env', `AI_BASE_URL=http://127.0.0.1:${port}`])
  })

  afterAll(async () => {
    await tour.stop()
    ai.close()
  })

  it.each([
    ['/ai/proxy', event('first '), event('last ') + 'data: [DONE]\n\n'],
    ['/ai/iterator', 'first ', 'last '],
  ])('%s passes on the first word before the last is written', async (path, first, last) => {
    const { chunks } = await openStream(tour.url + path)
    let body = ''
    while (body.length < first.length) body += (await chunks.next()).value
    expect(body).toBe(first)
    waiting!.end(`${event('last ')}data: [DONE]\n\n`)
    for await (const chunk of chunks) body += chunk
    expect(body).toBe(first + last)
  })
})

function event(word: string): string {
  return `data: ${JSON.stringify({ choices: [{ delta: { content: word } }] })}\n\n`
}

function readWords(events: string): string {
  return [...events.matchAll(/^data: (\{.*\})$/gm)]
    .map(([, json]) => JSON.parse(json!).choices[0].delta.content)
    .join('')
}
