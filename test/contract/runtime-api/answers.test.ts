import { describe, expect, it } from 'vitest'
import { type Program, startProgram } from '../../helpers/program-harness.ts'
import { waitFor } from '../../helpers/wait.ts'

// What programs post, and what callers hear of it (runtime.md §11.2, §11.4).

const STREAM = { 'content-type': 'application/vnd.awslambda.http-integration-response' }

/** One call, answered with `result`. */
async function answerWith(result: unknown, options: Parameters<Program['respond']>[1] = {}) {
  await using program = await startProgram()
  const heard = program.call()
  const answer = await program.respond(result, options)
  await heard.answered
  return { heard, answer }
}

describe('results', () => {
  it('status, headers and body', async () => {
    const { heard, answer } = await answerWith({
      statusCode: 201,
      headers: { 'X-One': 'a', 'content-type': 'text/plain' },
      multiValueHeaders: { 'x-two': ['b', 'c'], 'x-one': ['wins'] },
      body: 'grüße',
    })
    expect(answer).toMatchObject({ status: 202, body: '{"status":"OK"}\n' })
    expect(heard.status).toBe(201)
    expect(heard.headers).toEqual([
      ...['content-type', 'text/plain', 'x-two', 'b', 'x-two', 'c', 'x-one', 'wins'],
    ])
    expect(heard.body.toString()).toBe('grüße')
  })

  it('as Go writes an empty one', async () => {
    const { heard } = await answerWith({ statusCode: 204, headers: null, multiValueHeaders: null, body: '' })
    expect(heard).toMatchObject({ status: 204, headers: [], isEnded: true, error: undefined })
    expect(heard.body).toHaveLength(0)
  })

  it('a base64 body', async () => {
    const { heard } = await answerWith({ statusCode: 200, body: 'AAH/', isBase64Encoded: true })
    expect([...heard.body]).toEqual([0, 1, 255])
  })

  it('a chunked one', async () => {
    const { heard } = await answerWith(undefined, { chunks: ['{"statusCode":200,', '"body":"in two"}'] })
    expect(heard.body.toString()).toBe('in two')
  })

  it('a body over the credit arrives whole, in pieces', async () => {
    const body = 'x'.repeat(1_000_000)
    const { heard } = await answerWith({ statusCode: 200, body })
    expect(heard.body.toString()).toBe(body)
    expect(Math.max(...heard.pieces)).toBeLessThanOrEqual(64 * 1024)
  })

  it.each([
    ['not JSON', 'Your function response must be JSON'],
    ['null', 'no lambda response. check your function code again.'],
    ['', 'no lambda response. check your function code again.'],
    ['{}', 'Your function response must have a numerical statusCode. You gave: undefined'],
    ['{"statusCode":null}', 'Your function response must have a numerical statusCode. You gave: null'],
    ['"text"', 'Your function response must have a numerical statusCode. You gave: undefined'],
    [
      '{"statusCode":200,"body":42}',
      'Your function response must have a string or a stream body. You gave: 42',
    ],
    ['{"statusCode":99}', 'A response needs a statusCode from 200 to 599, not 99'],
    ['{"statusCode":200,"headers":"a: b"}', "must have an object as headers. You gave: 'a: b'"],
    ['{"statusCode":200,"multiValueHeaders":{"a":1}}', 'is not iterable'],
    ['{"statusCode":200,"headers":{"a b":"c"}}', 'Header name must be a valid HTTP token'],
    ['{"statusCode":200,"headers":{"a":"b\\r\\nc: d"}}', 'Invalid character in header content'],
  ])('%s is a failure of the function, which the client has delivered', async (result, message) => {
    const { heard, answer } = await answerWith(result)
    expect(answer.status).toBe(202)
    expect(heard.error?.code).toBe('FUNCTION_FAILED')
    expect(heard.error?.failure).toMatchObject({
      phase: 'result',
      errorMessage: expect.stringContaining(message),
    })
  })

  it('over the limit is a failure; what is far over it is refused', async () => {
    await using program = await startProgram({ assignment: { maxBufferedResponseBytes: 1000 } })
    const over = program.call()
    expect((await program.respond({ statusCode: 200, body: 'x'.repeat(1001) })).status).toBe(202)
    await over.answered
    expect(over.error).toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
      failure: { errorType: 'Function.ResponseSizeTooLarge' },
    })
    const far = program.call()
    const answer = await program.respond({ statusCode: 200, body: 'x'.repeat(1_100_000) })
    expect([answer.status, answer.json.errorType]).toEqual([413, 'RequestEntityTooLarge'])
    await far.answered
    expect(far.error?.code).toBe('RESPONSE_TOO_LARGE')
    const fits = program.call()
    await program.respond({ statusCode: 200, body: 'x'.repeat(1000) })
    await fits.answered
    expect(fits.body).toHaveLength(1000)
  })

  it('a connection that breaks within its answer leaves the invocation open', async () => {
    await using program = await startProgram()
    const heard = program.call()
    const id = (await program.next()).headers['lambda-runtime-aws-request-id']
    const path = `invocation/${id}/response`
    await expect(program.ask(path, { method: 'POST', breaks: true })).rejects.toThrow()
    const body = JSON.stringify({ statusCode: 200, body: 'second try' })
    let answer = await program.ask(path, { method: 'POST', body })
    // The host may not have heard of the break yet.
    while (answer.status === 403) answer = await program.ask(path, { method: 'POST', body })
    expect(answer.status).toBe(202)
    await heard.answered
    expect(heard.body.toString()).toBe('second try')
  })
})

describe('streamed responses', () => {
  it('metadata, eight NUL bytes, and the body piece by piece', async () => {
    const metadata = JSON.stringify({ statusCode: 203, headers: { 'x-one': '1' }, cookies: ['a=1', 'b=2'] })
    const { heard } = await answerWith(undefined, {
      headers: STREAM,
      chunks: [metadata, Buffer.alloc(3), Buffer.alloc(5), 'first ', 'second'],
    })
    expect(heard.status).toBe(203)
    expect(heard.headers).toEqual(['x-one', '1', 'set-cookie', 'a=1', 'set-cookie', 'b=2'])
    expect(heard.body.toString()).toBe('first second')
  })

  it('is not read faster than the caller takes it', async () => {
    await using program = await startProgram()
    const heard = program.call({}, false)
    const sent = program.respond(undefined, {
      headers: STREAM,
      chunks: ['{}', Buffer.alloc(8), ...Array.from({ length: 40 }, () => Buffer.alloc(64 * 1024, 'x'))],
    })
    await waitFor('all that it may send', () => heard.body.length >= 256 * 1024)
    expect(heard.body).toHaveLength(256 * 1024)
    expect(heard.isEnded).toBe(false)
    program.instance.kill('closing')
    await expect(sent).rejects.toThrow()
  })

  it('without metadata is a failure', async () => {
    const { heard } = await answerWith('{"statusCode":200}', { headers: STREAM })
    expect(heard.error?.failure.errorMessage).toMatch(/does not begin with its metadata/)
  })

  it('an error in the trailers ends it in the middle', async () => {
    const record = { errorMessage: 'the reader broke', errorType: 'readError' }
    const { heard } = await answerWith(undefined, {
      headers: STREAM,
      chunks: ['{}', Buffer.alloc(8), 'half of'],
      trailers: {
        'Lambda-Runtime-Function-Error-Type': 'readError',
        'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(record)).toString('base64'),
      },
    })
    expect(heard.body.toString()).toBe('half of')
    expect(heard.isEnded).toBe(false)
    expect(heard.error?.failure).toEqual({ ...record, trace: [], phase: 'body' })
  })

  it('an error in the trailers of a JSON result is the failure', async () => {
    const { heard } = await answerWith(undefined, {
      chunks: ['{"statusCode":200'],
      trailers: { 'Lambda-Runtime-Function-Error-Type': 'readError' },
    })
    expect(heard.error?.failure).toMatchObject({ errorType: 'readError', phase: 'handler' })
  })
})

describe('errors', () => {
  async function failWith(body: string, headers: Record<string, string> = {}) {
    await using program = await startProgram()
    const heard = program.call()
    const id = (await program.next()).headers['lambda-runtime-aws-request-id']
    const answer = await program.ask(`invocation/${id}/error`, { method: 'POST', body, headers })
    await heard.answered
    return { answer, error: heard.error!, isSettled: heard.isSettled }
  }

  it('an error as Go reports it, null instead of a stack', async () => {
    const { answer, error } = await failWith(
      '{"errorMessage":"no","errorType":"errorString","stackTrace":null}',
    )
    expect(answer).toMatchObject({ status: 202, body: '{"status":"OK"}\n' })
    expect(error).toEqual({
      code: 'FUNCTION_FAILED',
      failure: { errorType: 'errorString', errorMessage: 'no', trace: [], phase: 'handler' },
    })
  })

  it('a panic with its stack; nothing new comes before the program has ended or asks', async () => {
    const frame = { path: 'functions/greet/main.go', line: 12, label: 'main.main' }
    const record = { errorMessage: 'boom', errorType: 'string', stackTrace: [frame] }
    const { error, isSettled } = await failWith(JSON.stringify(record))
    expect(error.failure.trace).toEqual(['    at main.main (functions/greet/main.go:12)'])
    expect(isSettled).toBe(false)
  })

  it("the stack of Node's client", async () => {
    const { error } = await failWith(
      '{"errorMessage":"no","errorType":"TypeError","trace":["TypeError: no","  at x"]}',
    )
    expect(error.failure.trace).toEqual(['TypeError: no', '  at x'])
  })

  it.each([
    ['plain words', 'plain words'],
    ['42', ''],
    ['', ''],
  ])('%j instead of a record, with a type in the header', async (body, errorMessage) => {
    const { error } = await failWith(body, { 'Lambda-Runtime-Function-Error-Type': 'Own.Kind' })
    expect(error.failure).toEqual({ errorType: 'Own.Kind', errorMessage, trace: [], phase: 'handler' })
  })
})
