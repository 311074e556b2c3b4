import { afterEach, describe, expect, it } from 'vitest'
import { RoostError } from '../../../src/base/errors/index.ts'
import {
  type GatewayHarness,
  type HarnessOptions,
  type PlayedFunction,
  startGateway,
} from '../../helpers/gateway-harness.ts'
import { type AskOptions, ask } from '../../helpers/http.ts'
import { RawClient } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'

let gateway: GatewayHarness | undefined
afterEach(() => gateway?.stop())

const start = async (
  functions: Record<string, PlayedFunction>,
  options: HarnessOptions = {},
): Promise<GatewayHarness> => {
  gateway = await startGateway({ functions, ...options })
  return gateway
}
const visit = (name: string, options?: AskOptions) =>
  ask(`${gateway!.url}/.netlify/functions/${name}`, options)
const HTML = { headers: { accept: 'text/html,*/*' } }

describe('a function that fails (runtime.md §1.6)', () => {
  const throwing: PlayedFunction = {
    play: (call) =>
      call.fail('FUNCTION_FAILED', {
        errorType: 'TypeError',
        errorMessage: 'oh',
        trace: ['TypeError: oh', ' at x.ts:1'],
      }),
  }

  it('case 138, production: 502 with the record, its trace in the log', async () => {
    const { log } = await start({ throwing })
    const { status, headers, body } = await visit('throwing')
    expect([status, body]).toEqual([502, '{"errorType":"TypeError","errorMessage":"oh","trace":[]}'])
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-roost-error': 'FUNCTION_FAILED',
      'x-nf-request-id': expect.any(String),
    })
    expect(log).toContainEqual(
      expect.objectContaining({
        event: 'invocation.failed',
        level: 'error',
        requestId: headers['x-nf-request-id'],
        functionName: 'throwing',
        deployId: 'deploy',
        code: 'FUNCTION_FAILED',
        trace: ['TypeError: oh', ' at x.ts:1'],
      }),
    )
  })

  it('production, a browser: a page', async () => {
    await start({ throwing })
    const { status, headers, body } = await visit('throwing', HTML)
    expect([status, headers['content-type']]).toEqual([502, 'text/html; charset=utf-8'])
    expect(body).toContain('This function has crashed')
    expect(body).not.toContain('x.ts')
  })

  it('production, for an operator who wants to see: the trace', async () => {
    await start({ throwing }, { showTraces: true })
    expect(JSON.parse((await visit('throwing')).body).trace).toEqual(['TypeError: oh', ' at x.ts:1'])
  })

  it('case 8, development, a browser: 500 with a page', async () => {
    await start({ throwing }, { mode: 'dev' })
    const { status, headers, body } = await visit('throwing', HTML)
    expect([status, headers['content-type']]).toEqual([500, 'text/html; charset=utf-8'])
    expect(body).toContain('<html lang="en">')
  })

  it('case 9, development: 500 with the text of the CLI', async () => {
    await start({ throwing }, { mode: 'dev' })
    const { status, headers, body } = await visit('throwing')
    expect([status, body]).toEqual([500, 'TypeError: oh\n TypeError: oh\n at x.ts:1'])
    expect(headers['content-type']).toBeUndefined()
  })

  it('a timeout, production and development (case 114)', async () => {
    const slow: PlayedFunction = { timeoutSeconds: 1, play: (call) => call.fail('FUNCTION_TIMEOUT') }
    await start({ slow })
    const { status, headers, body } = await visit('slow')
    expect([status, headers['x-roost-error']]).toEqual([502, 'FUNCTION_TIMEOUT'])
    expect(JSON.parse(body)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${headers['x-nf-request-id']} Error: Task timed out after 1.00 seconds`,
      trace: [],
    })
    await gateway!.stop()
    await start({ slow }, { mode: 'dev' })
    expect((await visit('slow')).body).toContain('TimeoutError: Task timed out after 1.00 seconds')
  })

  it('a full line: 503 with Retry-After and a code', async () => {
    await start({
      busy: { play: (call) => call.fail('POOL_SATURATED', { errorMessage: 'The line is full.' }, 1) },
    })
    expect(await visit('busy')).toMatchObject({
      status: 503,
      body: 'The line is full.',
      headers: {
        'retry-after': '1',
        'x-roost-error': 'POOL_SATURATED',
        'content-type': 'text/plain; charset=utf-8',
      },
    })
  })

  it("Roost's own mistake: 500 with the ID only, the rest in the log; others do not notice", async () => {
    const { log } = await start({
      crash: {
        play: () => {
          throw new Error('secret')
        },
      },
      good: {},
    })
    const { status, headers, body } = await visit('crash', { method: 'POST', body: 'x' })
    expect([status, body]).toEqual([500, `Internal Error. ID: ${headers['x-nf-request-id']}`])
    expect(log).toContainEqual(expect.objectContaining({ event: 'request.crashed', level: 'error' }))
    expect((await visit('good')).status).toBe(200)
  })
})

describe('time limits (runtime.md §5.1)', () => {
  it.each<[string, PlayedFunction, number]>([
    ['streaming', {}, 60_000],
    ['buffered', { format: 'lambda' }, 60_000],
    ['its own', { timeoutSeconds: 5 }, 5000],
  ])('%s', async (_title, fn, timeoutMs) => {
    const { calls } = await start({ fn })
    const before = performance.now()
    await visit('fn')
    const { call } = calls[0]!
    expect(call.timeoutMs).toBe(timeoutMs)
    // The deadline is on the clock that all processes share, which runs ahead of performance.now().
    expect(call.deadlineMs).toBeGreaterThan(before + timeoutMs)
  })
})

describe('what is not public', () => {
  const hidden: Record<string, PlayedFunction> = {
    scheduled: { schedule: '@daily' },
    'identity-signup': {},
    'Deploy-Succeeded-background': { invocationMode: 'background' },
  }

  it.each([
    ['case 137: a scheduled function', 'scheduled', 'SCHEDULED_NOT_PUBLIC'],
    ['an event function', 'identity-signup', 'EVENT_NOT_PUBLIC'],
    ['an event function in the background', 'Deploy-Succeeded-background', 'EVENT_NOT_PUBLIC'],
  ])('%s: 403 in production', async (_title, name, code) => {
    const { calls } = await start(hidden)
    const answer = await visit(name, { method: 'POST', headers: { 'x-nf-event': 'schedule' } })
    expect(answer).toMatchObject({
      status: 403,
      headers: { 'x-roost-error': code, 'content-type': 'text/plain; charset=utf-8' },
    })
    expect(calls).toEqual([])
  })

  it('runs in development, where people try things', async () => {
    await start(hidden, { mode: 'dev' })
    expect((await visit('scheduled')).status).toBe(200)
    expect((await visit('identity-signup')).status).toBe(200)
  })
})

describe('background functions (runtime.md §7)', () => {
  const functions: Record<string, PlayedFunction> = { mail: { invocationMode: 'background' } }
  const FULL = new RoostError('HOST_BUSY', 'No room.')

  it.each(['GET', 'POST', 'DELETE'])(
    'case 118: %s is answered 202 with nothing but the ID of the run',
    async (method) => {
      const { background, calls } = await start(functions)
      const { status, headers, body } = await visit('mail', {
        method,
        body: method === 'POST' ? 'hello' : undefined,
      })
      expect([status, body]).toEqual([202, ''])
      expect(calls).toEqual([])
      expect(background).toHaveLength(1)
      expect(background[0]).toMatchObject({
        version: { name: 'mail' },
        call: { method, requestId: headers['x-nf-request-id'], timeoutMs: 900_000 },
      })
    },
  )

  it('is answered when the run has been taken over, not before', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { url, gateway: own } = await start(functions, { background: () => promise })
    const client = await RawClient.connect(url)
    client.sendHead('GET /.netlify/functions/mail HTTP/1.1', 'Host: a', 'Connection: close')
    await waitFor('the request', () => own.stats().openRequests === 1)
    expect(client.received).toBe('')
    resolve()
    expect((await client.read()).status).toBe(202)
  })

  it('is not answered 202 when nobody takes it over', async () => {
    await start(functions, { background: () => Promise.reject(new Error('disk full')) })
    expect((await visit('mail')).status).toBe(500)
  })

  it.each([
    [
      'throws',
      () => {
        throw FULL
      },
    ],
    ['rejects', () => Promise.reject(FULL)],
  ])(
    'is refused with its code and a time to try again when there is no room (%s)',
    async (_how, background) => {
      await start(functions, { background })
      expect(await visit('mail')).toMatchObject({
        status: 503,
        body: 'No room.',
        headers: { 'x-roost-error': 'HOST_BUSY', 'retry-after': expect.stringMatching(/^\d+$/) },
      })
    },
  )

  it('takes 256 KB', async () => {
    await start(functions)
    expect((await visit('mail', { method: 'POST', body: Buffer.alloc(256 * 1024) })).status).toBe(202)
    expect(await visit('mail', { method: 'POST', body: Buffer.alloc(256 * 1024 + 1) })).toMatchObject({
      status: 413,
      body: 'The request body is larger than 256 KB.',
    })
  })
})

describe('on-demand builders (runtime.md §10.7)', () => {
  const build = (ttl: string, status = 200): PlayedFunction => ({
    format: 'lambda',
    play: (call) =>
      call.answer(
        status,
        ['x-roost-builder', ttl, 'content-type', 'text/plain'],
        `built for ${call.call.requestId}`,
      ),
  })
  const open = (name: string, options?: AskOptions) =>
    ask(`${gateway!.url}/.netlify/builders/${name}`, options)

  it('case 120: another function is not called by this URL', async () => {
    await start({ plain: {}, streaming: { play: (call) => call.head(200, [], 'x') } })
    for (const name of ['plain', 'streaming']) {
      const { status, headers, body } = await open(name)
      expect([status, headers['content-type']]).toEqual([400, 'application/json'])
      expect(JSON.parse(body).message).toMatch(/^Function is not an on-demand builder\. See /)
    }
  })

  it('D37: nor is a builder that answers without saying that it is one (405)', async () => {
    await start({ builder: { play: (call) => call.answer(405, [], 'Method Not Allowed') } })
    expect((await open('builder', { method: 'POST' })).status).toBe(400)
    expect((await visit('builder', { method: 'POST' })).status).toBe(405)
  })

  it('its answer is kept by path, for GET and HEAD, whatever the query; each has an ID of its own', async () => {
    const { calls } = await start({ builder: build('0') })
    const first = await open('builder/a?x=1')
    const second = await open('builder/a?x=2')
    expect(second.body).toBe(first.body)
    expect(second.headers['content-type']).toBe('text/plain')
    expect(second.headers['x-nf-request-id']).not.toBe(first.headers['x-nf-request-id'])
    expect(first.headers['x-roost-builder']).toBeUndefined()
    expect((await open('builder/a', { method: 'HEAD' })).status).toBe(200)
    expect(calls).toHaveLength(1)
    await open('builder/b')
    expect(calls).toHaveLength(2)
  })

  it('lives no longer than its deploy', async () => {
    const own = await start({ builder: build('0') })
    await open('builder')
    own.deploy = own.createDeploy('next', { builder: build('0') })
    await open('builder')
    expect(own.calls).toHaveLength(2)
  })

  it('is not kept at the default URL, nor when it is not a 200 or sets a cookie, nor in development', async () => {
    const cookie: PlayedFunction = {
      play: (call) => call.answer(200, ['x-roost-builder', '0', 'Set-Cookie', 'a=1'], 'for you'),
    }
    const { calls } = await start({ builder: build('0'), failing: build('0', 500), cookie })
    for (let i = 0; i < 2; i++) {
      await visit('builder')
      await open('failing')
      await open('cookie')
    }
    expect(calls).toHaveLength(6)
    await gateway!.stop()
    const dev = await start({ builder: build('0') }, { mode: 'dev' })
    for (let i = 0; i < 2; i++) await open('builder')
    expect(dev.calls).toHaveLength(2)
  })

  it('holds for as many seconds as it says', async () => {
    let now = 0
    const { calls } = await start({ builder: build('90') }, { clock: () => now })
    await open('builder')
    now = 89_000
    await open('builder')
    expect(calls).toHaveLength(1)
    now = 91_000
    await open('builder')
    expect(calls).toHaveLength(2)
  })
})

describe('a gateway that closes', () => {
  it('finishes what it has begun and takes nothing new', async () => {
    let finish = (): void => undefined
    const {
      url,
      gateway: own,
      calls,
    } = await start({
      slow: { play: (call) => (finish = () => call.answer(200, [], 'done')) },
    })
    const client = await RawClient.connect(url)
    client.sendHead('GET /.netlify/functions/slow HTTP/1.1', 'Host: a')
    await waitFor('the call', () => calls.length === 1)
    const closing = own.close()
    await untilRefused(url)
    client.sendHead('GET /.netlify/functions/slow HTTP/1.1', 'Host: a')
    await waitFor('the next request', () => own.stats().openRequests === 1 || client.received !== '')
    finish()
    expect(await client.read()).toMatchObject({ status: 200, body: 'done' })
    await closing
    expect(calls).toHaveLength(1)
    expect(own.stats()).toEqual({ connections: 0, openRequests: 0, bodyBytes: 0, answerBytes: 0 })
  })
})

/** What is sent until then may still be taken. */
async function untilRefused(url: string): Promise<void> {
  await waitFor('the end of listening', async () => {
    const client = await RawClient.connect(url).catch(() => undefined)
    client?.destroy()
    return client === undefined
  })
}

describe('the log', () => {
  it('has a line for each invocation, with the names of the glossary', async () => {
    const { log } = await start({ good: {} })
    const { headers } = await visit('good/more?secret=1')
    expect(log).toContainEqual({
      event: 'invocation.finish',
      level: 'info',
      message: undefined,
      requestId: headers['x-nf-request-id'],
      functionName: 'good',
      deployId: 'deploy',
      method: 'GET',
      path: '/.netlify/functions/good/more',
      status: 200,
      outcome: 'succeeded',
      answerMs: expect.any(Number),
      durationMs: expect.any(Number),
    })
  })

  it('has a line for other answers too, for who looks closely', async () => {
    const { log } = await start({ good: {} })
    await visit('nobody')
    expect(log).toContainEqual(
      expect.objectContaining({
        event: 'request.finish',
        level: 'debug',
        status: 404,
        code: 'FUNCTION_NOT_FOUND',
      }),
    )
  })

  it('has none when it is switched off', async () => {
    const { log } = await start({ good: {} }, { accessLog: 'off' })
    await visit('good')
    await visit('nobody')
    expect(log).toEqual([])
  })
})
