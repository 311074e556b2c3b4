import { expect, it } from 'vitest'
import { monotonicNow } from '../../../src/base/lib/index.ts'
import { startProgram } from '../../helpers/program-harness.ts'
import { RawClient } from '../../helpers/raw-client.ts'
import { pause } from '../../helpers/wait.ts'

// The Lambda runtime API as a program sees it (runtime.md §11.2): which invocations it gets, in which order.

const OK = { statusCode: 200, body: 'ok' }

it('next hands out the event, with the headers that clients need', async () => {
  await using program = await startProgram()
  const heard = program.call({ requestId: 'R7', deadlineMs: monotonicNow() + 5000 })
  const { status, headers, json } = await program.next()
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('application/json')
  expect(headers['lambda-runtime-aws-request-id']).toMatch(/^[\w-]{36}$/)
  const leftMs = Number(headers['lambda-runtime-deadline-ms']) - Date.now()
  expect(leftMs).toBeGreaterThan(0)
  expect(leftMs).toBeLessThanOrEqual(5000)
  expect(headers['lambda-runtime-invoked-function-arn']).toMatch(/^arn:aws:lambda:.*:function:hello$/)
  expect(headers['lambda-runtime-trace-id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Sampled=0$/)
  expect(headers).not.toHaveProperty('lambda-runtime-client-context')
  expect(json).toEqual({
    rawUrl: 'https://site.example/.netlify/functions/hello?a=1',
    rawQuery: 'a=1',
    path: '/.netlify/functions/hello',
    httpMethod: 'GET',
    headers: { host: 'site.example', 'x-one': '1', 'x-nf-site-id': 'site-1' },
    multiValueHeaders: { host: ['site.example'], 'x-one': ['1'], 'x-nf-site-id': ['site-1'] },
    queryStringParameters: { a: '1' },
    multiValueQueryStringParameters: { a: ['1'] },
    body: null,
    isBase64Encoded: true,
    resource: '',
    pathParameters: {},
    stageVariables: {},
    requestContext: {
      httpMethod: 'GET',
      path: '/.netlify/functions/hello',
      requestId: headers['lambda-runtime-aws-request-id'],
      requestTimeEpoch: expect.any(Number),
    },
  })
  expect(heard.isEnded).toBe(false)
})

it('next waits until there is an invocation', async () => {
  await using program = await startProgram()
  const next = program.next()
  const heard = program.call({ url: 'https://site.example/late' })
  const { headers, json } = await next
  expect(json.path).toBe('/late')
  await program.ask(`invocation/${headers['lambda-runtime-aws-request-id']}/response`, {
    method: 'POST',
    body: JSON.stringify(OK),
  })
  await heard.answered
  expect(heard.body.toString()).toBe('ok')
})

it('an invocation is over when the program asks for the next one, not before', async () => {
  await using program = await startProgram()
  const first = program.call()
  expect(await program.respond(OK)).toMatchObject({ status: 202, body: '{"status":"OK"}\n' })
  await first.answered
  expect(first).toMatchObject({ status: 200, isEnded: true, isSettled: false })
  expect(program.instance.state).toBe('busy')
  const next = program.next()
  await first.settled
  expect(program.instance.state).toBe('ready')
  const second = program.call({ url: 'https://site.example/second' })
  expect((await next).json.path).toBe('/second')
  expect(second.isEnded).toBe(false)
})

it('a next whose connection broke takes no invocation with it', async () => {
  await using program = await startProgram()
  const { port, prefix } = program.api
  const client = await RawClient.connect(`http://127.0.0.1:${port}`)
  const head = (path: string) =>
    `GET /${prefix}/2018-06-01/runtime/${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
  client.send(head('nothing') + head('invocation/next'))
  expect((await client.read()).status).toBe(404) // so the other one has arrived as well
  expect((await program.next()).status).toBe(403)
  client.destroy()
  const next = await askUntilAccepted(program)
  const heard = program.call({ url: 'https://site.example/kept' })
  const { headers, json } = await next.answer
  expect(json.path).toBe('/kept')
  await program.ask(`invocation/${headers['lambda-runtime-aws-request-id']}/response`, {
    method: 'POST',
    body: JSON.stringify(OK),
  })
  await heard.answered
  expect(heard.status).toBe(200)
})

it('next before the answer, a second answer and a wrong ID are refused', async () => {
  await using program = await startProgram()
  const heard = program.call()
  const { headers } = await program.next()
  const id = headers['lambda-runtime-aws-request-id'] as string
  const post = (path: string) => program.ask(path, { method: 'POST', body: JSON.stringify(OK) })
  const early = await program.next()
  expect([early.status, early.json.errorType]).toEqual([403, 'InvalidStateTransition'])
  const wrong = await post('invocation/00000000-0000-4000-8000-000000000000/response')
  expect([wrong.status, wrong.json.errorType]).toEqual([400, 'InvalidRequestID'])
  expect((await post(`invocation/${id}/response`)).status).toBe(202)
  const again = await post(`invocation/${id}/response`)
  expect([again.status, again.json.errorType]).toEqual([403, 'InvalidStateTransition'])
  expect((await post(`invocation/${id}/error`)).status).toBe(403)
  await heard.answered
  expect(heard).toMatchObject({ status: 200, error: undefined })
  const next = program.next()
  await heard.settled
  expect((await post(`invocation/${id}/response`)).status).toBe(400)
  program.call()
  await next
})

it('what the API does not have is a 404', async () => {
  await using program = await startProgram()
  for (const [method, path] of [
    ['POST', 'invocation/next'],
    ['GET', 'invocation/x/response'],
    ['GET', 'init/error'],
    ['GET', 'nothing'],
  ] as const)
    expect((await program.ask(path, { method })).status).toBe(404)
})

it('a body over the credit arrives whole, binary as base64', async () => {
  await using program = await startProgram()
  const body = Buffer.alloc(1_500_000, 'äb')
  program.call({
    method: 'POST',
    headers: `content-type: image/png\r\ncontent-length: ${body.length}\r\n`,
    body,
  })
  const { json } = await program.next()
  expect(json.isBase64Encoded).toBe(true)
  expect(Buffer.from(json.body as string, 'base64').equals(body)).toBe(true)
})

it('a text body comes as text', async () => {
  await using program = await startProgram()
  program.call({
    method: 'POST',
    headers: 'content-type: application/json\r\n',
    body: Buffer.from('{"ä":1}'),
  })
  expect((await program.next()).json).toMatchObject({ body: '{"ä":1}', isBase64Encoded: false })
})

it('a caller with an identity is in the client context, as a map of texts', async () => {
  await using program = await startProgram()
  const info = { url: 'https://site.example/identity', token: 't', user: { sub: 'ada' } }
  const header = Buffer.from(JSON.stringify(info)).toString('base64')
  program.call({ headers: `x-nf-identity-info: ${header}\r\n` })
  const { headers, json } = await program.next()
  const { custom, ...rest } = JSON.parse(headers['lambda-runtime-client-context'] as string)
  expect(rest).toEqual({})
  expect(JSON.parse(Buffer.from(custom.netlify, 'base64').toString())).toEqual({
    site_url: 'https://site.example',
    identity: { url: info.url, token: 't' },
    user: info.user,
  })
  expect(json.requestContext).toMatchObject({ identity: { url: info.url, token: 't' }, user: info.user })
})

it('a background function has no client context, and any answer does', async () => {
  await using program = await startProgram({ assignment: { invocationMode: 'background' } })
  const heard = program.call({
    headers: `x-nf-identity-info: ${Buffer.from('{"token":"t"}').toString('base64')}\r\n`,
  })
  const { headers } = await program.next()
  expect(headers).not.toHaveProperty('lambda-runtime-client-context')
  await program.ask(`invocation/${headers['lambda-runtime-aws-request-id']}/response`, {
    method: 'POST',
    body: 'null',
  })
  await heard.answered
  expect(heard.error).toBeUndefined()
})

/** The host may not have heard yet that the connection before is gone. What it accepts, it answers with the next call only. */
async function askUntilAccepted(program: Awaited<ReturnType<typeof startProgram>>) {
  for (;;) {
    const answer = program.next()
    const first = await Promise.race([answer, pause(100)])
    if (first === undefined) return { answer }
  }
}
