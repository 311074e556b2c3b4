import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../../helpers/server-harness.ts'

const HTML = { headers: { accept: 'text/html,application/xhtml+xml' } }

const FUNCTIONS = {
  'uncaught.mjs': `
    export default async () => { throw new TypeError('no <b>such</b> thing') }`,
  'string.mjs': `export default () => { throw 'boom' }`,
  'unsupported.mjs': `export default () => ({ statusCode: 200, body: 'x' })`,
  'calls-next.mjs': `
    export default (request, context) => context.next()`,
  'no-import.cjs': `exports.default = () => new Response(require('node:nothing-of-this-name').x)`,
  'top-level.mjs': `throw new RangeError('at the top'); export default () => new Response('')`,
  'exit.mjs': `export default () => { console.log('last words'); process.exit(3) }`,
  'timer.mjs': `export default () => { setTimeout(() => { throw new Error('later') }); return new Promise(() => {}) }`,
  'rejects-aside.mjs': `export default async () => { Promise.reject(new Error('aside')); await new Promise(() => {}) }`,
  'never.mjs': `export default () => new Promise(() => {})`,
  'slow.mjs': `export default () => new Promise((resolve) => setTimeout(resolve, 60_000))
    export const config = { path: '/slow' }`,
  'loop.mjs': `export default () => { console.log('before the loop'); for (;;); }`,
  'breaks-off.mjs': `export default () => new Response(new ReadableStream({
    start(controller) { controller.enqueue(new TextEncoder().encode('a part')) },
    async pull(controller) { await new Promise((go) => setTimeout(go, 50)); controller.error(new Error('broken')) },
  }))`,
  'lambda-null.mjs': 'export const handler = async () => null',
  'lambda-status.mjs': 'export const handler = async () => ({ statusCode: null })',
  'lambda-body.mjs': 'export const handler = async () => ({ statusCode: 200, body: 42 })',
  'lambda-throws.mjs': `export const handler = async () => { throw new SyntaxError('wrong') }`,
  'lambda-esm.cjs': `exports.handler = async () => ({ statusCode: 200 }); throw new Error('while loading')`,
  'bad-header.mjs': `export const handler = async () => ({ statusCode: 200, headers: { 'x-a': 'line\\nbreak' } })`,
  'steady.mjs': `let count = 0; export default () => new Response(String(++count))`,
}

describe('production: 502 with the record of runtime.md §1.5', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({
      functions: FUNCTIONS,
      limits: { syncTimeoutMs: 1500, streamTimeoutMs: 1500 },
    })
  })
  afterAll(() => server.stop())

  const record = async (name: string): Promise<[status: number, code: unknown, record: unknown]> => {
    const { status, headers, body } = await server.ask(name)
    expect(headers['content-type']).toBe('application/json')
    const requestId = headers['x-nf-request-id']
    await server.logged({ event: 'invocation.failed', requestId, functionName: name, deployId: 'deploy-id' })
    return [status, headers['x-roost-error'], JSON.parse(body.replaceAll(String(requestId), 'ID'))]
  }

  it.each([
    ['case 138', 'uncaught', 'FUNCTION_FAILED', 'TypeError', 'no <b>such</b> thing'],
    ['case 30', 'string', 'FUNCTION_FAILED', 'string', 'boom'],
    [
      'case 24',
      'unsupported',
      'FUNCTION_FAILED',
      expect.any(String),
      expect.stringContaining("unsupported value. Accepted types are 'Response' or 'undefined'"),
    ],
    ['§1.4', 'top-level', 'FUNCTION_LOAD_FAILED', 'RangeError', 'at the top'],
    ['§1.4', 'exit', 'FUNCTION_EXITED', 'Runtime.ExitError', expect.any(String)],
    ['§1.4', 'timer', 'FUNCTION_FAILED', 'Error', 'later'],
    [
      '§1.4',
      'rejects-aside',
      'FUNCTION_FAILED',
      'Runtime.UnhandledPromiseRejection',
      expect.stringContaining('aside'),
    ],
    ['§1.4', 'never', 'FUNCTION_NEVER_ANSWERED', 'Runtime.NodeJsExit', expect.any(String)],
    ['case 107', 'lambda-throws', 'FUNCTION_FAILED', 'SyntaxError', 'wrong'],
    ['§1.4', 'lambda-esm', 'FUNCTION_LOAD_FAILED', 'Error', 'while loading'],
  ])('%s: %s', async (_, name, code, errorType, errorMessage) => {
    expect(await record(name)).toEqual([502, code, { errorType, errorMessage, trace: [] }])
  })

  it.each(['loop', 'slow'])('a function that takes too long: %s', async (name) => {
    const { status, headers, body } = await server.ask(name === 'slow' ? '/slow' : name)
    expect([status, headers['x-roost-error']]).toEqual([502, 'FUNCTION_TIMEOUT'])
    expect(JSON.parse(body)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${headers['x-nf-request-id']} Error: Task timed out after 1.50 seconds`,
      trace: [],
    })
  })

  it('the last line before the end is in the log, with the request', async () => {
    const { headers } = await server.ask('loop')
    await server.logged({
      event: 'user.log',
      message: 'before the loop',
      requestId: headers['x-nf-request-id'],
    })
    const exit = await server.ask('exit')
    await server.logged({
      event: 'user.log',
      message: 'last words',
      requestId: exit.headers['x-nf-request-id'],
    })
  })

  it('a browser gets a page, in which nothing of the error is HTML', async () => {
    const { status, headers, body } = await server.ask('uncaught', HTML)
    expect([status, headers['content-type']]).toEqual([502, 'text/html; charset=utf-8'])
    expect(body).toContain('This function has crashed')
    expect(body).not.toContain('<b>such</b>')
  })

  it('the trace is in the log only', async () => {
    const { headers, body } = await server.ask('uncaught')
    expect(body).not.toContain('uncaught.mjs')
    const line = await server.logged({ event: 'invocation.failed', requestId: headers['x-nf-request-id'] })
    expect(line.trace).toContainEqual(expect.stringContaining('uncaught.mjs:2'))
  })

  it('a body that breaks off ends the connection without its last chunk', async () => {
    await expect(server.ask('breaks-off')).rejects.toThrow(/aborted|hang up|ECONNRESET/)
  })

  it.each(['lambda-null', 'lambda-status', 'lambda-body', 'bad-header'])(
    'a Lambda result that is none: %s',
    async (name) => {
      const { status, headers } = await server.ask(name)
      expect([status, headers['content-type']]).toEqual([502, 'application/json'])
    },
  )

  it('the function that failed is started again, others keep their instances (case 82, production)', async () => {
    expect((await server.ask('steady')).body).toBe('1')
    await server.ask('exit')
    await server.ask('exit')
    expect((await server.ask('steady')).body).toBe('2')
  })
})

describe('development: the rows of the CLI', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({
      mode: 'dev',
      functions: FUNCTIONS,
      limits: { syncTimeoutMs: 1000, streamTimeoutMs: 1000 },
    })
  })
  afterAll(() => server.stop())

  it('case 8: a browser gets a page', async () => {
    const { status, headers, body } = await server.ask('uncaught', HTML)
    expect([status, headers['content-type']]).toEqual([500, 'text/html; charset=utf-8'])
    expect(body).toContain('<html lang="en">')
    const json = /<script type="application\/json" id="error">(.*)<\/script>/.exec(body)![1]!
    expect(JSON.parse(json)).toEqual({
      errorType: 'TypeError',
      errorMessage: 'no <b>such</b> thing',
      trace: expect.arrayContaining([expect.stringContaining('uncaught.mjs:2')]),
    })
  })

  it('case 9: everybody else gets text, TYPE: MESSAGE and the stack', async () => {
    const { status, headers, body } = await server.ask('uncaught')
    expect([status, headers['content-type']]).toEqual([500, undefined])
    expect(body).toMatch(
      /^TypeError: no <b>such<\/b> thing\n TypeError: no <b>such<\/b> thing\n {4}at .*uncaught\.mjs:2/,
    )
    expect(headers['x-nf-request-id']).toBeDefined()
  })

  it('case 24: what is wrong with a result needs no stack; what user code called ends in user code', async () => {
    const sentence = "Function returned an unsupported value. Accepted types are 'Response' or 'undefined'"
    expect((await server.ask('unsupported')).body).toBe(`Error: ${sentence}\n Error: ${sentence}`)
    const lines = (await server.ask('calls-next')).body.split('\n')
    expect(lines.at(-1)).toMatch(/at .*calls-next\.mjs:2/)
  })

  it('case 114: a sleep past the time limit', async () => {
    const { status, body } = await server.ask('/slow')
    expect([status, body]).toEqual([500, 'TimeoutError: Task timed out after 1.00 seconds\n '])
  })

  it.each([
    [
      'lambda-null',
      'no lambda response. check your function code again. make sure to return a promise or use the callback.',
    ],
    ['lambda-status', 'Your function response must have a numerical statusCode. You gave: null'],
    ['lambda-body', 'Your function response must have a string or a stream body. You gave: 42'],
  ])('cases 104–106: %s is exactly the sentence', async (name, sentence) => {
    expect(await server.ask(name)).toMatchObject({ status: 500, body: sentence })
    expect((await server.ask(name, HTML)).body).toContain(sentence)
  })

  it('case 107: the stack of a Lambda function shows the source', async () => {
    const { status, body } = await server.ask('lambda-throws')
    expect(status).toBe(500)
    expect(body).toMatch(
      /^SyntaxError: wrong\n SyntaxError: wrong\n {4}at .*netlify\/functions\/lambda-throws\.mjs:1/,
    )
  })
})
