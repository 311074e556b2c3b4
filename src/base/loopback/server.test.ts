import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type LoopbackHandler, LoopbackStage } from '../../../test/helpers/loopback-stage.ts'
import { getHeader, type RawClient } from '../../../test/helpers/raw-client.ts'
import { waitFor, waitForRest } from '../../../test/helpers/wait.ts'
import { MIB } from '../lib/index.ts'
import { type Exchange, isBrokenOff } from './index.ts'

const stage = new LoopbackStage()
const { serve, open } = stage

function head(method: string, target: string, ...lines: string[]): string {
  return [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n')
}

const say: LoopbackHandler = (exchange) => exchange.reply(200, {}, exchange.request.url)
const echo: LoopbackHandler = async (exchange) => {
  const body = await exchange.body.collect(2 * MIB)
  exchange.reply(200, {}, String(body.length))
}

describe('connections', () => {
  it('of strangers are few, and the oldest goes first', async () => {
    await serve(say)
    const silent: RawClient[] = []
    for (let i = 0; i < 30; i++) silent.push(await open())
    await waitFor('the end of the oldest', () => silent.filter(({ ended }) => ended).length === 22)
    expect(silent.slice(-8).every(({ ended }) => ended === undefined)).toBe(true)
    const client = await open()
    client.send(head('GET', '/a'))
    expect((await client.read()).body).toBe('/a')
    expect(stage.server!.stats()).toEqual({ strangers: 8, admitted: 1 })
  })

  it('of an honest client among many strangers at once are not taken for one of them', async () => {
    await serve(say)
    // Nobody waits for one before the next: they are accepted together.
    const opening = Array.from({ length: 81 }, () => open())
    const client = await opening[0]!
    client.send(head('GET', '/a'))
    expect((await client.read()).body).toBe('/a')
    await waitFor('the end of what is too much', () => stage.server!.stats().strangers === 8)
    await Promise.all(opening)
  })

  it('of a stranger end with the answer', async () => {
    await serve(say)
    const client = await open()
    client.send(head('GET', '/').repeat(3))
    const answer = await client.read()
    expect([answer.status, getHeader(answer, 'connection')]).toEqual([403, 'close'])
    expect([await client.waitForEnd(), client.received]).toEqual(['end', ''])
  })

  it('of an owner over its bound: the longest idle one goes', async () => {
    await serve(say, { ownerConnections: 3 })
    const own = []
    for (let i = 0; i < 3; i++) {
      const client = await open()
      own.push(client)
      client.send(head('GET', `/a/${i}`))
      await client.read()
    }
    own[0]!.send(head('GET', '/a/again'))
    await own[0]!.read()
    const fourth = await open()
    fourth.send(head('GET', '/a/3'))
    expect((await fourth.read()).status).toBe(200)
    await own[1]!.waitForEnd()
    expect(own.map(({ ended }) => ended)).toEqual([undefined, 'end', undefined])
  })

  it('of an owner over its bound, all at work: the new one is refused', async () => {
    await serve((exchange) => (exchange.request.url === '/a/wait' ? undefined : say(exchange)), {
      ownerConnections: 2,
    })
    for (let i = 0; i < 2; i++) (await open()).send(head('GET', '/a/wait'))
    await waitFor('both', () => stage.handled.length === 2)
    const third = await open()
    third.send(head('GET', '/a'))
    const answer = await third.read()
    expect([answer.status, getHeader(answer, 'x-roost-error'), getHeader(answer, 'retry-after')]).toEqual([
      503,
      'HOST_BUSY',
      '5',
    ])
    expect(await third.waitForEnd()).toBe('end')
    const neighbour = await open()
    neighbour.send(head('GET', '/b'))
    expect((await neighbour.read()).status).toBe(200)
  })

  it('of a full listener: who has the most makes room', async () => {
    await serve(() => undefined, { connections: 6, ownerConnections: 5 })
    for (let i = 0; i < 5; i++) (await open()).send(head('GET', `/a/${i}`))
    await waitFor('all', () => stage.handled.length === 5)
    for (let i = 0; i < 3; i++) (await open()).send(head('GET', `/b/${i}`))
    await waitFor('the neighbour', () => stage.handled.length === 8)
    await waitFor('the end of two', () => stage.clients.slice(0, 5).filter(({ ended }) => ended).length === 2)
    const fourth = await open()
    fourth.send(head('GET', '/b/3'))
    expect((await fourth.read()).status).toBe(503)
    expect(stage.server!.stats().admitted).toBe(6)
  })

  it('of an owner that has ended: those at work end too, idle ones are strangers', async () => {
    await serve((exchange) => (exchange.request.url === '/a/wait' ? undefined : say(exchange)))
    const [idle, busy] = [await open(), await open()]
    idle.send(head('GET', '/a'))
    await idle.read()
    busy.send(head('GET', '/a/wait'))
    await waitFor('both', () => stage.handled.length === 2)
    stage.server!.dismiss('a')
    await busy.waitForEnd()
    expect(stage.server!.stats()).toEqual({ admitted: 0, strangers: 1 })
    idle.send(head('GET', '/'))
    expect((await idle.read()).status).toBe(403)
    await idle.waitForEnd()
  })
})

describe('requests on one connection', () => {
  it('are handled one after the other', async () => {
    const waiting: Exchange[] = []
    await serve((exchange) => void waiting.push(exchange))
    const client = await open()
    client.send(
      head('GET', '/a/1') + head('POST', '/a/2', 'Content-Length: 5') + 'hello' + head('GET', '/a/3'),
    )
    for (let i = 1; i <= 3; i++) {
      await waitFor('its turn', () => waiting.length === i)
      expect(stage.handled.length).toBe(i)
      const exchange = waiting[i - 1]!
      exchange.reply(200, {}, String(await exchange.body.collect(10)))
    }
    expect([(await client.read()).body, (await client.read()).body, (await client.read()).body]).toEqual([
      '',
      'hello',
      '',
    ])
  })

  it('that wait behind one stay in the system, however many they are', async () => {
    const waiting: Exchange[] = []
    await serve((exchange) => void waiting.push(exchange))
    const client = await open()
    client.send(head('GET', '/a').repeat(400_000))
    const first = await waitFor('the first', () => waiting[0])
    await waitFor('the system to be full', () => client.socket.writableLength > 0)
    first.reply(200, {}, 'ok')
    await waitFor('the second', () => waiting[1])
    expect(stage.handled.length).toBe(2)
    client.destroy()
  })

  it('on a connection that the client ends are over', async () => {
    let isClosed = false
    await serve(({ response }) => {
      response.on('close', () => {
        isClosed = true
      })
    })
    const client = await open()
    client.send(head('GET', '/a'))
    await waitFor('the request', () => stage.handled.length === 1)
    client.destroy()
    await waitFor('its end', () => isClosed)
  })

  it('wait until the answer before them has been taken', async () => {
    const answer = Buffer.alloc(8 * MIB)
    await serve((exchange) => exchange.reply(200, {}, answer))
    const client = await open()
    client.socket.pause()
    client.send(head('GET', '/a').repeat(3))
    await waitFor('an answer that waits', () => stage.answers.bytes > 0)
    expect(stage.handled.length).toBe(1)
    client.socket.resume()
    for (let i = 0; i < 3; i++) expect((await client.read()).isWhole).toBe(true)
    expect(stage.handled.length).toBe(3)
  })

  it('without a Host wait for their turn like others', async () => {
    const waiting: Exchange[] = []
    await serve((exchange) => void waiting.push(exchange))
    const client = await open()
    client.send(`${head('GET', '/a')}GET /a/2 HTTP/1.1\r\n\r\n`)
    const first = await waitFor('the first', () => waiting[0])
    first.reply(200, {}, 'ok')
    expect([(await client.read()).status, (await client.read()).status]).toEqual([200, 403])
  })

  it('that are not HTTP are refused behind the answers to those before', async () => {
    const waiting: Exchange[] = []
    await serve((exchange) => void waiting.push(exchange))
    const client = await open()
    client.send(`${head('GET', '/a')}nonsense\r\n\r\n`)
    const first = await waitFor('the first', () => waiting[0])
    first.reply(200, {}, 'ok')
    expect((await client.read()).status).toBe(200)
    const refusal = await client.read()
    expect([refusal.status, getHeader(refusal, 'x-roost-error')]).toEqual([400, 'REQUEST_INVALID'])
    await client.waitForEnd()
  })
})

describe('bodies', () => {
  it('in pieces of one byte cost what they weigh', async () => {
    await serve(echo)
    const client = await open()
    client.send(head('POST', '/a', 'Transfer-Encoding: chunked'))
    for (let i = 0; i < 20; i++) client.send('1\r\nx\r\n'.repeat(10_000))
    client.send('0\r\n\r\n')
    expect((await client.read()).body).toBe('200000')
  })

  it('that are read piece by piece wait in the system until there is room', async () => {
    let bytes = 0
    const waiting: Exchange[] = []
    await serve((exchange) => void waiting.push(exchange))
    const client = await open()
    client.send(head('POST', '/a', `Content-Length: ${32 * MIB}`))
    client.send(Buffer.alloc(32 * MIB))
    const exchange = await waitFor('the request', () => waiting[0])
    await waitForRest('the system to be full', () => client.socket.writableLength, 200)
    expect(client.socket.writableLength).toBeGreaterThan(0)
    for await (const piece of exchange.body) {
      expect(piece.length).toBeLessThanOrEqual(256 * 1024)
      bytes += piece.length
    }
    exchange.reply(200, {}, String(bytes))
    expect((await client.read()).body).toBe(String(32 * MIB))
  })

  it.each([
    ['of a length', `Content-Length: ${3 * MIB}`, ''],
    ['in chunks', 'Transfer-Encoding: chunked', `${(3 * MIB).toString(16)}\r\n`],
  ])(
    'over the limit are refused, and the connection ends though the client goes on sending: %s',
    async (_, line, size) => {
      await serve(echo)
      const client = await open()
      client.send(head('POST', '/a', line) + size)
      client.send(Buffer.alloc(2.5 * MIB))
      const drip = setInterval(() => client.send('x'), 50)
      const answer = await client.read()
      expect([answer.status, getHeader(answer, 'connection')]).toEqual([413, 'close'])
      const answeredAt = performance.now()
      await client.waitForEnd()
      clearInterval(drip)
      expect(performance.now() - answeredAt).toBeLessThan(2000)
    },
  )

  it('over what is set aside for an owner are refused; the neighbour has room', async () => {
    await serve(echo, { ownerBodyBytes: 1.5 * MIB })
    const send = async (owner: string): Promise<RawClient> => {
      const client = await open()
      client.send(head('POST', `/${owner}`, `Content-Length: ${MIB + 1}`))
      client.send(Buffer.alloc(MIB))
      return client
    }
    const first = await send('a')
    await waitFor('the first', () => stage.bodies.usedBytes === MIB)
    const refused = await send('a')
    await refused.peekHead()
    // Its client has not gone yet, and what it sent does not count any longer.
    expect([refused.ended, stage.bodies.usedBytes]).toEqual([undefined, MIB])
    const refusal = await refused.read()
    expect([refusal.status, getHeader(refusal, 'retry-after')]).toEqual([503, '5'])
    const neighbour = await send('b')
    for (const client of [neighbour, first]) {
      client.send('x')
      expect((await client.read()).body).toBe(String(MIB + 1))
    }
  })

  it.each([
    ['a time, when they are collected', echo, 0],
    [
      'a rate, when they are read piece by piece',
      async (exchange: Exchange) => {
        for await (const _ of exchange.body);
      },
      100_000,
    ],
  ])('have %s', async (_, answerWith, minBytesPerSecond) => {
    await serve(answerWith, { bodyTimeoutMs: 500, minBytesPerSecond })
    const client = await open()
    client.send(head('POST', '/a', 'Content-Length: 1000000'))
    client.send(Buffer.alloc(10_000)) // what came at once does not pay for what comes late
    const drip = setInterval(() => client.send('x'), 20)
    const answer = await client.read()
    clearInterval(drip)
    expect([answer.status, getHeader(answer, 'x-roost-error')]).toEqual([408, 'REQUEST_TIMEOUT'])
    await client.waitForEnd()
  })

  it('nobody reads end the connection with the answer', async () => {
    await serve(say)
    const client = await open()
    client.send(`${head('POST', '/a', 'Content-Length: 5')}hello${head('GET', '/a/2')}`)
    const answer = await client.read()
    expect([answer.body, getHeader(answer, 'connection')]).toEqual(['/a', 'close'])
    await client.waitForEnd()
    expect([stage.handled, client.received]).toEqual([['/a'], ''])
  })

  it('behind "100-continue" are asked for when somebody reads them, and not otherwise', async () => {
    await serve((exchange) => (exchange.request.url === '/a/no' ? say(exchange) : echo(exchange)))
    const lines = ['Expect: 100-continue', 'Content-Length: 5']
    const client = await open()
    client.send(head('POST', '/a/yes', ...lines))
    expect((await client.read()).status).toBe(100)
    client.send('hello')
    expect((await client.read()).body).toBe('5')
    client.send(head('POST', '/a/no', ...lines))
    expect((await client.read()).body).toBe('/a/no')
    await client.waitForEnd()
  })

  it('that break off are heard of', async () => {
    const heard: unknown[] = []
    await serve(async ({ body }) => {
      await body.collect(10).catch((error: unknown) => heard.push(error))
    })
    const client = await open()
    client.send(`${head('POST', '/a', 'Content-Length: 5')}he`)
    await waitFor('the request', () => stage.handled.length === 1)
    client.destroy()
    expect(isBrokenOff(await waitFor('the end', () => heard[0]))).toBe(true)
  })
})

describe('time', () => {
  it.each([
    ['nothing', ''],
    ['a part of a head', 'GET /a HTTP/1.1\r\nHost: lo'],
  ])('for a head: who sends %s is disconnected', async (_, text) => {
    await serve(say, { headTimeoutMs: 300 })
    const client = await open()
    client.send(text)
    await client.waitForEnd()
    expect(client.received).toMatch(text === '' ? /^$/ : /^HTTP\/1\.1 408 .*x-roost-error: REQUEST_TIMEOUT/s)
  })

  it('for a handler there is as much as it takes', async () => {
    const waiting: Exchange[] = []
    const limits = { stallMs: 100, keepAliveMs: 100, headTimeoutMs: 100 }
    await serve((exchange) => void waiting.push(exchange), limits)
    const client = await open()
    client.send(head('GET', '/a'))
    const exchange = await waitFor('the request', () => waiting[0])
    // All limits, and a look at them.
    await (await open()).waitForEnd()
    await (await open()).waitForEnd()
    exchange.reply(200, {}, 'late')
    expect((await client.read()).body).toBe('late')
    await client.waitForEnd() // by keepAliveMs
  })

  it('to take an answer is limited', async () => {
    await serve((exchange) => exchange.reply(200, {}, Buffer.alloc(16 * MIB)), { stallMs: 300 })
    const client = await open()
    client.socket.pause()
    client.send(head('GET', '/a'))
    await waitFor('an answer that waits', () => stage.answers.bytes > 0)
    await waitFor('its end', () => stage.answers.bytes === 0)
    client.socket.resume()
    await client.waitForEnd()
    expect(client.received.length).toBeLessThan(16 * MIB)
  })
})

it('bodies that are whole at once are handled in turns of their own', async () => {
  let [turn, handledInTurn, most] = [0, 0, 0]
  const count = (): void => {
    turn++
    handledInTurn = 0
    if (stage.server !== undefined) setImmediate(count)
  }
  await serve(async (exchange) => {
    await exchange.body.collect(MIB)
    most = Math.max(most, ++handledInTurn)
    exchange.reply(200, {}, String(turn))
  })
  const all = await Promise.all(Array.from({ length: 20 }, () => open()))
  for (const client of all) client.send(`${head('POST', '/a', 'Content-Length: 2')}x`)
  await waitFor('the requests', () => stage.handled.length === 20)
  setImmediate(count)
  for (const client of all) client.send('x')
  const turns = await Promise.all(all.map(async (client) => Number((await client.read()).body)))
  await stage.server!.close()
  stage.server = undefined
  expect([most, new Set(turns).size]).toEqual([1, 20])
})

describe('answers that nobody reads', () => {
  it('are bounded for each owner: those that wait longest are disconnected', async () => {
    await serve((exchange) => exchange.reply(200, {}, Buffer.alloc(8 * MIB)), { ownerAnswerBytes: 20 * MIB })
    for (let i = 0; i < 6; i++) {
      const client = await open()
      client.socket.pause()
      client.send(head('GET', `/a/${i}`))
      await waitFor('the answer', () => stage.handled.length === i + 1)
      expect(stage.answers.bytes).toBeLessThanOrEqual(20 * MIB)
    }
    const neighbour = await open()
    neighbour.send(head('GET', '/b'))
    expect((await neighbour.read()).isWhole).toBe(true)
    for (const client of stage.clients) client.socket.resume()
    const wholes = await Promise.all(
      stage.clients.slice(0, 6).map((client) => client.read().catch(() => undefined)),
    )
    expect(wholes.map((answer) => answer?.isWhole === true)).toEqual([false, false, false, false, true, true])
  })

  it('are bounded when they are streamed too, and end with their source', async () => {
    const sources: Readable[] = []
    const serveStream: LoopbackHandler = (exchange) => {
      const source = Readable.from(repeat(Buffer.alloc(256 * 1024), 200))
      sources.push(source)
      return exchange.stream(200, {}, source)
    }
    await serve(serveStream, { ownerAnswerBytes: MIB })
    for (let i = 0; i < 12; i++) {
      const client = await open()
      client.socket.pause()
      client.send(head('GET', `/a/${i}`))
    }
    await waitFor('the ends of those that wait longest', () => {
      const open = sources.filter(({ destroyed }) => !destroyed).length
      return sources.length === 12 && open > 0 && open <= 4
    })
    expect(stage.answers.bytes).toBeLessThanOrEqual(MIB)
    const last = stage.clients.at(-1)!
    last.socket.resume()
    expect((await last.read()).isWhole).toBe(true)
    for (const client of stage.clients) client.destroy()
    await waitFor(
      'the ends of all',
      () => stage.answers.bytes === 0 && sources.every(({ destroyed }) => destroyed),
    )
  })
})

function* repeat<T>(value: T, times: number): Generator<T> {
  for (let i = 0; i < times; i++) yield value
}
