import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect, it } from 'vitest'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { type Program, startProgram } from '../helpers/program-harness.ts'
import { waitFor } from '../helpers/wait.ts'

// What a program posts as its answer is text of its own making, up to 13 MB of it: others must not wait while it is read.

const SIZE = 12 * 1024 * 1024
/** What holds the host up was there for 6 s before; a busy machine alone for a tenth of that. */
const MAX_TURN_MS = 1000

/** `count` times the unit, as far as it fits. */
const many = (unit: string): string => unit.repeat(Math.floor(SIZE / unit.length)).slice(0, -1)

/** How long the longest turn of this process's event loop was, in which instance and runtime API are. */
async function measureTurns(work: () => Promise<void>): Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  await work()
  const { count } = delays
  await waitFor('the turn in which it ended, which counts as well', () => delays.count > count)
  delays.disable()
  return delays.max / 1e6
}

const UNREADABLE = 'Your function response'
const ODD: [title: string, make: () => string, message: string][] = [
  ['empty lists', () => `{"statusCode":200,"headers":{"a":[${many('[],')}]}}`, UNREADABLE],
  ['empty objects', () => `{"statusCode":200,"headers":[${many('{},')}]}`, UNREADABLE],
  ['lists in lists', () => '['.repeat(SIZE), UNREADABLE],
  ['objects in objects', () => many('{"a":'), UNREADABLE],
  ['names', () => `{"statusCode":200,"headers":{${numbered((i) => `"${i}":"",`)}}}`, UNREADABLE],
  ['one name again and again', () => `{"statusCode":200,"headers":{${many('"a":"",')}}}`, UNREADABLE],
  ['cookies', () => `{"statusCode":200,"cookies":[${many('"",')}]}`, UNREADABLE],
  ['a body that is not a text', () => `{"statusCode":200,"body":[${many('0,')}]}`, UNREADABLE],
  ['white space', () => `${' '.repeat(SIZE)}x`, 'must be JSON'],
  ['digits', () => `{"statusCode":${'1'.repeat(SIZE)}}`, 'statusCode'],
  ['a status of text', () => `{"statusCode":"${' '.repeat(SIZE)}"}`, 'statusCode'],
  ['a long header', () => `{"statusCode":200,"headers":{"a":"${'\\u0000'.repeat(SIZE / 6)}"}}`, 'header'],
]

function numbered(format: (i: number) => string): string {
  const parts: string[] = []
  let length = 0
  for (let i = 0; length < SIZE; i++) {
    parts.push(format(i))
    length += parts[i]!.length
  }
  return parts.join('').slice(0, -1)
}

const post = async (program: Program, requestId: string, body: Buffer): Promise<number> =>
  (await program.ask(`invocation/${requestId}/response`, { method: 'POST', body })).status

/** Asks for the next invocation. @returns its number */
const take = async (program: Program): Promise<string> =>
  String((await program.next()).headers['lambda-runtime-aws-request-id'])

it.each(ODD)('%s: a failure of the function, and nobody else waits', async (_title, make, message) => {
  await using program = await startProgram()
  const body = Buffer.from(make())
  const heard = program.call({ deadlineMs: monotonicNow() + 25_000 })
  const requestId = await take(program)
  const turn = await measureTurns(async () => {
    expect(await post(program, requestId, body)).toBe(202)
    await heard.answered
  })
  expect(heard.error).toMatchObject({
    code: 'FUNCTION_FAILED',
    failure: { phase: 'result', errorMessage: expect.stringContaining(message) },
  })
  expect(turn).toBeLessThan(MAX_TURN_MS)
})

it('an odd error report is cut, and nobody waits', async () => {
  await using program = await startProgram()
  const heard = program.call()
  const requestId = await take(program)
  const report = `{"errorType":"Odd","errorMessage":"m","stackTrace":[${'{},'.repeat(300_000)}{}]}`
  const turn = await measureTurns(async () => {
    await program.ask(`invocation/${requestId}/error`, { method: 'POST', body: report })
    await heard.answered
  })
  expect(heard.error?.failure.errorMessage.length).toBeLessThan(9000)
  expect(heard.error?.failure.trace.length).toBeLessThan(110)
  expect(turn).toBeLessThan(MAX_TURN_MS)
})

it('odd metadata of a stream, byte by byte', async () => {
  await using program = await startProgram()
  const heard = program.call()
  const requestId = await take(program)
  const metadata = Buffer.from(`{"statusCode":200,"headers":{"a":[${'[],'.repeat(60_000)}[]]}}`)
  const turn = await measureTurns(async () => {
    await program.ask(`invocation/${requestId}/response`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.awslambda.http-integration-response' },
      chunks: [
        ...Array.from({ length: 20_000 }, (_, i) => metadata.subarray(i, i + 1)),
        metadata.subarray(20_000),
        Buffer.alloc(8),
      ],
    })
    await heard.answered
  })
  expect(heard.error?.code).toBe('FUNCTION_FAILED')
  expect(turn).toBeLessThan(MAX_TURN_MS)
})

it.each([
  ['text', 'x'],
  ['text that is longer in JSON', '\u0000'],
  ['text of many bytes', '日'],
])('a large answer of %s arrives as it was said', async (_title, character) => {
  await using program = await startProgram()
  const heard = program.call()
  const requestId = await take(program)
  const body = character.repeat(1_500_000)
  await post(program, requestId, Buffer.from(JSON.stringify({ statusCode: 201, headers: { a: 'b' }, body })))
  await heard.answered
  expect([heard.status, heard.headers]).toEqual([201, ['a', 'b']])
  expect(heard.body.equals(Buffer.from(body))).toBe(true)
})

it.each([
  ['bytes', 'application/octet-stream', Buffer.alloc(6_000_000, 'abc')],
  ['text', 'text/plain', Buffer.alloc(6_000_000, 'abc')],
  ['text that is longer in JSON', 'text/plain', Buffer.alloc(6_000_000)],
])('a large event of %s arrives, one after the other', async (_title, type, body) => {
  await using program = await startProgram()
  for (const requestId of ['R1', 'R2']) {
    const headers = `content-type: ${type}\r\n`
    const heard = program.call({ requestId, headers, body: Buffer.from(body), method: 'POST' })
    const { json, headers: own } = await program.next()
    expect(Buffer.from(String(json.body), json.isBase64Encoded ? 'base64' : 'utf8').equals(body)).toBe(true)
    await post(program, String(own['lambda-runtime-aws-request-id']), Buffer.from('{"statusCode":200}'))
    await heard.answered
    expect(heard.status).toBe(200)
  }
})

it('an event that is on its way to a client that goes is given to the next', async () => {
  await using program = await startProgram()
  const { port, prefix } = program.api
  const { connect } = await import('node:net')
  const client = connect(port, '127.0.0.1')
  client.write(`GET /${prefix}/2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  // Answered: what was sent before it has been read.
  await program.ask('nothing')
  const body = Buffer.alloc(6_000_000)
  const heard = program.call({ headers: 'content-type: text/plain\r\n', body, method: 'POST' })
  client.destroy()
  const { json, headers } = await program.next()
  expect(String(json.body)).toHaveLength(body.length)
  await post(program, String(headers['lambda-runtime-aws-request-id']), Buffer.from('{"statusCode":200}'))
  await heard.answered
  expect(heard.status).toBe(200)
})
