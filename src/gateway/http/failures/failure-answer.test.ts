import { describe, expect, it } from 'vitest'
import { describeFailure, type FailureContext, type FunctionError } from './failure-answer.ts'

const THROWN: FunctionError = {
  code: 'FUNCTION_FAILED',
  failure: { errorType: 'TypeError', errorMessage: 'no', trace: ['TypeError: no', '    at hello.ts:1:2'] },
}
const PRODUCTION: FailureContext = {
  mode: 'production',
  requestId: 'ID',
  acceptsHtml: false,
  showTraces: false,
  timeoutMs: 1000,
}
const DEV: FailureContext = { ...PRODUCTION, mode: 'dev' }

const get = (headers: string[], name: string) => headers[headers.indexOf(name) + 1]

describe('describeFailure in production', () => {
  it('runtime.md case 138: 502 with the record as JSON, without the trace', () => {
    const { status, headers, body } = describeFailure(THROWN, PRODUCTION)
    expect([status, body]).toEqual([502, '{"errorType":"TypeError","errorMessage":"no","trace":[]}'])
    expect(get(headers, 'content-type')).toBe('application/json')
    expect(get(headers, 'x-roost-error')).toBe('FUNCTION_FAILED')
    expect(get(headers, 'x-nf-request-id')).toBe('ID')
  })

  it('shows the trace where the operator wants it', () => {
    const { body } = describeFailure(THROWN, { ...PRODUCTION, showTraces: true })
    expect(JSON.parse(body).trace).toEqual(THROWN.failure.trace)
  })

  it('a page for browsers, without the trace', () => {
    const { status, headers, body } = describeFailure(THROWN, { ...PRODUCTION, acceptsHtml: true })
    expect(status).toBe(502)
    expect(get(headers, 'content-type')).toBe('text/html; charset=utf-8')
    expect(body).toContain('<h1>This function has crashed</h1>')
    expect(body).toContain('TypeError: no')
    expect(body).not.toContain('hello.ts')
  })

  it('a timeout in the words of the platform', () => {
    const { status, body } = describeFailure(
      { ...THROWN, code: 'FUNCTION_TIMEOUT' },
      { ...PRODUCTION, timeoutMs: 60_000 },
    )
    expect(status).toBe(502)
    expect(JSON.parse(body)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: 'RequestId: ID Error: Task timed out after 60.00 seconds',
      trace: [],
    })
  })

  it.each([false, true])(
    "plain text for what is not the function's fault, browsers (%s) or not",
    (acceptsHtml) => {
      const full: FunctionError = {
        code: 'POOL_SATURATED',
        failure: { errorType: '', errorMessage: 'The line is full.', trace: [] },
        retryAfterSeconds: 1.2,
      }
      const { status, headers, body } = describeFailure(full, { ...PRODUCTION, acceptsHtml })
      expect([status, body, get(headers, 'retry-after')]).toEqual([503, 'The line is full.', '2'])
    },
  )

  it('our own failures say nothing but their ID', () => {
    const { status, body } = describeFailure({ ...THROWN, code: 'INTERNAL' }, PRODUCTION)
    expect([status, body]).toEqual([500, 'Internal Error. ID: ID'])
  })
})

describe('describeFailure in development', () => {
  it('runtime.md case 9: 500 with the text of the CLI, without a content type', () => {
    const { status, headers, body } = describeFailure(THROWN, DEV)
    expect([status, body]).toEqual([500, 'TypeError: no\n TypeError: no\n    at hello.ts:1:2'])
    expect(headers).not.toContain('content-type')
    expect(get(headers, 'x-roost-error')).toBe('FUNCTION_FAILED')
  })

  it('runtime.md case 8: a page for browsers, with the record for tools', () => {
    const { status, headers, body } = describeFailure(THROWN, { ...DEV, acceptsHtml: true })
    expect([status, get(headers, 'content-type')]).toEqual([500, 'text/html; charset=utf-8'])
    expect(body).toContain('<html lang="en">')
    expect(body).toContain('<title>Invocation failed</title>')
    const json = /<script type="application\/json" id="error">(.*)<\/script>/.exec(body)![1]!
    expect(JSON.parse(json)).toEqual(THROWN.failure)
  })

  it('runtime.md case 114: a timeout', () => {
    const { status, body } = describeFailure({ ...THROWN, code: 'FUNCTION_TIMEOUT' }, DEV)
    expect(status).toBe(500)
    expect(body).toContain('TimeoutError: Task timed out after 1.00 seconds')
  })

  it('runtime.md cases 104 to 106: the bare sentence about the shape of a Lambda answer', () => {
    const sentence = 'Your function response must have a numerical statusCode. You gave: null'
    const invalid: FunctionError = {
      code: 'FUNCTION_FAILED',
      failure: { errorType: 'Error', errorMessage: sentence, trace: ['x'], isValidation: true },
    }
    expect(describeFailure(invalid, DEV).body).toBe(sentence)
    expect(describeFailure(invalid, { ...DEV, acceptsHtml: true }).body).toContain(
      `<p class="what">${sentence}</p>`,
    )
  })
})

describe('the page', () => {
  it.each(['production', 'dev'] as const)('lets nothing of user code out of its place (%s)', (mode) => {
    const evil = '</script><img src=x onerror=alert(1)>&"\''
    const error: FunctionError = {
      code: 'FUNCTION_FAILED',
      failure: { errorType: evil, errorMessage: evil, trace: [evil] },
    }
    const { body } = describeFailure(error, { ...DEV, mode, acceptsHtml: true, showTraces: true })
    expect(body).not.toContain('<img')
    expect(body.match(/<\/script>/g)).toHaveLength(1)
    const json = /id="error">(.*)<\/script>/.exec(body)![1]!
    expect(JSON.parse(json)).toEqual({ errorType: evil, errorMessage: evil, trace: [evil] })
  })
})
