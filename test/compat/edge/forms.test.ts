import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MIB } from '../../../src/base/lib/index.ts'
import { startGateway } from '../../helpers/gateway-harness.ts'
import { type AskOptions, ask } from '../../helpers/http.ts'
import { type RunningServer, startServer } from '../../helpers/server-harness.ts'
import { waitFor } from '../../helpers/wait.ts'

// dev-and-edge.md §5.2 item 7, §5.5; runtime.md §9.6; D47, D101, D136.
const URLENCODED = 'application/x-www-form-urlencoded'
const post = (body: string | Buffer, more: Record<string, string> = {}): AskOptions => ({
  method: 'POST',
  headers: { 'content-type': URLENCODED, ...more },
  body,
})
/** Parts of a form: their headers and content. */
const multipart = (parts: [head: string, content: string | Buffer][], boundary = 'B'): AskOptions =>
  post(
    Buffer.concat([
      ...parts.flatMap(([head, content]) => [
        Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n\r\n`),
        Buffer.from(content),
        Buffer.from('\r\n'),
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ]),
    { 'content-type': `multipart/form-data; boundary=${boundary}` },
  )

interface Seen {
  method: string
  url: string
  headers: Record<string, string>
  body: { payload: Payload }
}

interface Payload extends Record<string, unknown> {
  data: Record<string, unknown>
  human_fields: Record<string, unknown>
  ordered_human_fields: unknown[]
}

describe('a site with submission-created', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({
      functions: {
        // What has been delivered is seen in its log: nobody else hears of it.
        'submission-created.mjs': `export default async (request) => {
          const { method, url, headers } = request
          console.log('SEEN ' + JSON.stringify({ method, url, headers: Object.fromEntries(headers), body: await request.json() }))
        }`,
        'listener.mjs': `export default { formSubmitted: ({ data }) => console.log('DATA ' + JSON.stringify(data)) }`,
        'contact.mjs': `export default async (request) => new Response('own ' + (await request.text()))
          export const config = { path: '/contact', method: 'POST' }`,
        'echo.mjs': `export default async (request) => new Response(await request.text())`,
      },
      files: { 'index.html': 'home', 'thanks.html': 'thanks', 'docs/index.html': 'docs' },
    })
  })
  afterAll(() => server.stop())

  const listSeen = (): Seen[] =>
    server.log.flatMap(({ message }) => {
      const text = message?.startsWith('SEEN ') ? message.slice(5) : undefined
      return text === undefined ? [] : [JSON.parse(text) as Seen]
    })
  /** Submits a form with a name of its own, and waits for its run. */
  let count = 0
  const submit = async (path: string, make: (marker: string) => AskOptions) => {
    const marker = `form-${++count}`
    const answer = await server.ask(path, make(marker))
    const seen = await waitFor(`the run of ${marker}`, () =>
      listSeen().find(({ body }) => body.payload.data.marker === marker),
    )
    return { answer, seen, payload: seen.body.payload, marker }
  }

  it('case 81: the function gets what was sent, as JSON, at the path of the page', async () => {
    const { seen, payload, marker } = await submit('/docs/?x=1', (name) =>
      post(`form-name=contact&Full%20name=&fullname=Ann+B&Mail=a%40b.example&marker=${name}&a=1&a=2`, {
        'user-agent': 'agent/1',
        referer: 'https://site.example/docs/',
        cookie: 'session=secret',
        authorization: 'Basic secret',
      }),
    )
    expect(payload).toEqual({
      name: 'Ann B',
      email: 'a@b.example',
      data: {
        'form-name': 'contact',
        'Full name': '',
        fullname: 'Ann B',
        Mail: 'a@b.example',
        marker,
        a: ['1', '2'],
        ip: '127.0.0.1',
        user_agent: 'agent/1',
        referrer: 'https://site.example/docs/',
      },
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      human_fields: {
        'Form-name': 'contact',
        'Full Name': '',
        Fullname: 'Ann B',
        Mail: 'a@b.example',
        Marker: marker,
        A: ['1', '2'],
      },
      ordered_human_fields: [
        { title: 'Form-name', name: 'form-name', value: 'contact' },
        { title: 'Full Name', name: 'Full name', value: '' },
        { title: 'Fullname', name: 'fullname', value: 'Ann B' },
        { title: 'Mail', name: 'Mail', value: 'a@b.example' },
        { title: 'Marker', name: 'marker', value: marker },
        { title: 'A', name: 'a', value: ['1', '2'] },
      ],
      site_url: server.url,
    })
    expect(seen).toMatchObject({
      method: 'POST',
      url: `${server.url}/docs/?x=1`,
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(JSON.stringify(seen.body))),
        'x-netlify-event': 'submission_created',
        'user-agent': 'agent/1',
        'x-nf-client-connection-ip': '127.0.0.1',
      },
    })
    expect(Object.keys(seen.headers)).not.toEqual(expect.arrayContaining(['cookie']))
    expect(Object.keys(seen.headers)).not.toEqual(expect.arrayContaining(['authorization']))
  })

  it('a handler that subscribes to the event runs as well', async () => {
    const { marker } = await submit('/', (name) => post(`marker=${name}`))
    await server.logged({ message: new RegExp(`^DATA .*"${marker}"`), functionName: 'listener' })
  })

  it('runtime.md case 144: multipart, with files: their content is a URL, and their names stand in the lists', async () => {
    const content = Buffer.from([0, 255, 13, 10, 45, 45])
    const { seen, payload, marker } = await submit('/?ding=dong', (name) =>
      multipart([
        ['name="marker"', name],
        ['name="photo"; filename="C:\\fakepath\\bü.png"\r\ncontent-type: image/png', content],
        ['name="none"; filename=""\r\ncontent-type: application/octet-stream', ''],
        ['name="bot-field"', ''],
        ['filename="without-a-name.txt"', 'x'],
      ]),
    )
    expect(new URL(seen.url).pathname + new URL(seen.url).search).toBe('/?ding=dong')
    expect(payload.data).toMatchObject({
      marker,
      photo: {
        filename: 'bü.png',
        size: 6,
        type: 'image/png',
        url: `data:image/png;base64,${content.toString('base64')}`,
      },
    })
    expect(payload.human_fields).toEqual({ Marker: marker, Photo: 'bü.png', 'Bot-field': '' })
  })

  it('a file has a name without folders and control characters', async () => {
    const { payload } = await submit('/', (name) =>
      multipart([
        ['name="marker"', name],
        [`name="a"; filename*=utf-8''..%2f..%2fa%00%0d%0a%1b%5B31m%C2%85%7Fb.txt`, 'x'],
        ['name="b"; filename=".."', 'x'],
      ]),
    )
    expect(payload.data).toMatchObject({ a: { filename: 'a[31mb.txt' }, b: { filename: '' } })
  })

  it('D101: a form that a robot has filled gets the answer of a success, and runs nothing', async () => {
    const before = listSeen().length
    const answer = await server.ask('/', post('marker=robot&bot-field=x'))
    expect([answer.status, answer.body]).toEqual([303, ''])
    await submit('/', (name) => post(`marker=${name}`))
    expect(listSeen().length).toBe(before + 1)
  })

  it('case 80, runtime.md case 79: a form on the path of a function is the function’s own', async () => {
    const before = listSeen().length
    expect((await server.ask('/contact', post('a=1'))).body).toBe('own a=1')
    expect((await server.ask('echo', post('a=1'))).body).toBe('a=1')
    expect((await server.ask('/.netlify/x', post('a=1'))).status).toBe(404)
    expect(listSeen().length).toBe(before)
  })

  it.each(['text/plain', 'application/json', 'multipart/mixed; boundary=B', `${URLENCODED}x`])(
    'runtime.md case 146: %s is not a form',
    async (type) => {
      expect((await server.ask('/', post('a=1', { 'content-type': type }))).status).toBe(405)
      expect((await server.ask('/nowhere', post('a=1', { 'content-type': type }))).status).toBe(404)
    },
  )

  describe('the answer', () => {
    const thank = async (path: string, headers: Record<string, string> = {}) =>
      (await submit(path, (name) => post(`marker=${name}`, headers))).answer

    it('leads to the page that the form names, so that reloading it does not send the form again', async () => {
      for (const [path, page] of [
        ['/thanks?x=1', '/thanks?x=1'],
        ['/docs', '/docs/'],
      ])
        expect(await thank(path!, { referer: `${server.url}/` })).toMatchObject({
          status: 303,
          headers: { location: page, 'cache-control': 'no-cache' },
        })
    })

    it('is a page of ours where the form stands on the page itself, and where there is no page', async () => {
      const own = await thank('/docs/', { referer: `${server.url}/docs?x=1` })
      expect(own).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
      expect(own.body).toContain('Thank you!')
      expect(own.body).toContain('<a href="/docs/">')
      const nowhere = await thank('/%22%3E%3Cscript%3E"<i>')
      expect(nowhere.status).toBe(200)
      expect(nowhere.body).not.toContain('<i>')
      expect(nowhere.body).toContain('<a href="/">')
    })

    it('is JSON for a script that asks for it', async () => {
      const answer = await thank('/', { accept: 'application/json' })
      expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([
        200,
        'application/json',
        '{}',
      ])
    })
  })

  describe('hostile bodies', () => {
    const refused = async (options: AskOptions) => {
      const { status, headers, body } = await server.ask('/', options)
      return [status, headers['x-roost-error'], body]
    }
    const OCTETS = '\r\ncontent-type: application/octet-stream'
    const LARGE = 'what it holds is larger than 6 MB'
    it.each<[string, AskOptions, string]>([
      ['1,000,000 fields', post('a=1&'.repeat(1_000_000)), LARGE],
      ['6 MB of a&a&a', post('a&'.repeat(3 * MIB)), LARGE],
      ['2 MB of a&a&a', post('a&'.repeat(MIB)), 'it has more than 1000 fields'],
      ['1001 fields', post('a=1&'.repeat(1001)), 'it has more than 1000 fields'],
      ['6 MB of plus signs', post(`a=${'+'.repeat(6 * MIB - 2)}`), LARGE],
      ['6 MB of escapes', post(`a=${'%00'.repeat(2 * MIB - 1)}`), LARGE],
      ['control characters, which JSON makes six times as long', post(`a=${'%01'.repeat(MIB / 2)}`), LARGE],
      [
        'a million empty parts',
        post(`${'--B\r\n'.repeat(1_000_000)}--B--`, { 'content-type': 'multipart/form-data; boundary=B' }),
        'it has more than 1000 fields',
      ],
      ['a file of 5 MB', multipart([['name=f; filename=f', Buffer.alloc(5 * MIB)]]), LARGE],
      // Behind what the parser stops at stands a field with a name: a visitor is not thanked for a form without it.
      ['1001 fields without a name', post(`${'=1&'.repeat(1001)}a=1`), 'it has more than 1000 fields'],
      [
        '1001 parts without a name',
        multipart([...Array.from({ length: 1001 }, (): [string, string] => ['x=y', '']), ['name=a', '1']]),
        'it has more than 1000 fields',
      ],
      [
        '1001 files that nobody chose',
        multipart([
          ...Array.from({ length: 1001 }, (): [string, string] => [`name=f; filename=""${OCTETS}`, '']),
          ['name=g; filename=g', 'x'],
        ]),
        'it has more than 1000 fields',
      ],
      [
        '2000 parts',
        multipart(Array.from({ length: 2000 }, (_, i) => [`name=f${i}`, ''])),
        'it has more than 1000 fields',
      ],
    ])('D136: %s are refused', async (_, options, why) => {
      const answer = await refused(options)
      expect(answer).toEqual([413, 'BODY_TOO_LARGE', `The form is too large: ${why}.`])
    })

    it('a body beyond 6 MB is not read', async () => {
      const answer = await refused(post(Buffer.alloc(6 * MIB + 1)))
      expect(answer).toEqual([413, 'BODY_TOO_LARGE', 'The request body is larger than 6 MB.'])
    })

    const form = (boundary: string) => `multipart/form-data; boundary=${boundary}`
    it.each<[string, AskOptions, string]>([
      ['no boundary', post('x', { 'content-type': 'multipart/form-data' }), 'Multipart: Boundary not found'],
      ['no end', post('--B\r\n', { 'content-type': form('B') }), 'Unexpected end of form'],
      ['no body', post('', { 'content-type': form('B') }), 'Unexpected end of form'],
      [
        'an endless boundary',
        post('x', { 'content-type': form('b'.repeat(9000)) }),
        'Content-Type is too long',
      ],
      [
        'almost the boundary, everywhere',
        post('a'.repeat(6 * MIB), { 'content-type': form(`b${'a'.repeat(69)}`) }),
        'Unexpected end of form',
      ],
      [
        'a header without end',
        post(`--B\r\ncontent-disposition: ${'x'.repeat(MIB)}`, { 'content-type': form('B') }),
        'Malformed part header',
      ],
      [
        'an unknown character set',
        post('a=%C3%A4', { 'content-type': `${URLENCODED}; charset=klingon` }),
        'its character set is not known',
      ],
      ['half an escape', post('a=100%'), 'Malformed urlencoded form'],
    ])('%s: 400', async (_, options, why) => {
      expect(await refused(options)).toEqual([400, 'FORM_INVALID', `The form cannot be read: ${why}.`])
    })

    it('names of the language are names like any other', async () => {
      const { payload } = await submit('/', (name) =>
        post(`marker=${name}&__proto__=1&constructor[prototype][x]=2&toString=3&a[__proto__][b]=4`),
      )
      expect(Object.entries(payload.data).slice(1, 5)).toEqual([
        ['__proto__', '1'],
        ['constructor[prototype][x]', '2'],
        ['toString', '3'],
        ['a[__proto__][b]', '4'],
      ])
    })

    it('nothing is left in the memory for bodies, and the next form is read', async () => {
      await submit('/', (name) => post(`marker=${name}`))
      expect(server.log.filter(({ event }) => event === 'request.crashed')).toEqual([])
    })
  })
})

it('runtime.md case 145: submission-created-background has the event where there is no submission-created', async () => {
  const functions = { 'Submission-Created-background': {}, other: {} }
  const gateway = await startGateway({ functions, files: { 'index.html': 'home' } })
  try {
    expect((await ask(gateway.url, post('a=1'))).status).toBe(303)
    expect(gateway.background.map(({ version }) => version.name)).toEqual(['Submission-Created-background'])
    expect(gateway.gateway.stats().bodyBytes).toBe(0)
  } finally {
    await gateway.stop()
  }
})

it('a rule goes before forms', async () => {
  const gateway = await startGateway({
    functions: { 'submission-created': {} },
    files: { 'index.html': 'home' },
    redirects: [{ from: '/app/*', to: '/index.html', status: 200 }],
  })
  try {
    expect((await ask(`${gateway.url}/app/x`, post('a=1'))).status).toBe(405)
    expect(gateway.background).toEqual([])
  } finally {
    await gateway.stop()
  }
})

it('runtime.md case 85: without a function for forms a POST is a POST', async () => {
  const gateway = await startGateway({ functions: { other: {} }, files: { 'index.html': 'home' } })
  try {
    expect((await ask(gateway.url, post('a=1'))).status).toBe(405)
    expect((await ask(`${gateway.url}/nowhere`, post('a=1'))).status).toBe(404)
  } finally {
    await gateway.stop()
  }
})

it('where there is no room for the run the client is told so, and may come again', async () => {
  await using server = await startServer({
    functions: { 'submission-created.mjs': 'export default () => new Promise(() => {})' },
    limits: { backgroundRuns: 1 },
  })
  expect((await server.ask('/', post('a=1'))).status).toBe(200)
  const answer = await server.ask('/', post('a=1'))
  expect([answer.status, answer.headers['x-roost-error'], answer.headers['retry-after']]).toEqual([
    503,
    'HOST_BUSY',
    '5',
  ])
})

it('no more forms wait than formsWaiting', async () => {
  const gateway = await startGateway({ functions: { 'submission-created': {} }, limits: { formsWaiting: 1 } })
  try {
    const answers = await Promise.all([1, 2, 3, 4].map(() => ask(gateway.url, post('a=1'))))
    const statuses = answers.map(({ status }) => status).toSorted()
    expect(statuses[0]).toBe(200)
    expect(statuses.at(-1)).toBe(503)
    expect(gateway.background.length).toBe(statuses.filter((status) => status === 200).length)
    expect(gateway.gateway.stats().bodyBytes).toBe(0)
  } finally {
    await gateway.stop()
  }
})
