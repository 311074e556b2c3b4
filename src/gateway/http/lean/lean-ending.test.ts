import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../../test/helpers/drawn-arrows.ts'
import { waitFor } from '../../../../test/helpers/wait.ts'
import { ENDING_ARROWS, LeanEnding } from './lean-ending.ts'
import { LeanReader } from './lean-reader.ts'

const LIMITS = {
  requestHeadBytes: 1000,
  requestHeadTimeoutMs: 10_000,
  requestBodyTimeoutMs: 10_000,
  keepAliveMs: 10_000,
  connections: 0,
  clientStallMs: 10_000,
}

const sockets: Socket[] = []
const walk = new Walk()
const server = createServer({ allowHalfOpen: true })

/** The end of a connection, with its client on a real socket. */
async function open() {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  const accepted = once(server, 'connection')
  const client = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    allowHalfOpen: true,
  })
  client.on('error', () => undefined) // a reset is one of the ends
  const [socket] = (await accepted) as [Socket]
  socket.on('error', () => undefined)
  sockets.push(socket, client)
  const taker = {
    ...{ isReady: () => true, onHead: () => true, onHeadBegun: () => undefined },
    ...{ onBodyUnwanted: () => undefined, onBodyEnd: () => undefined, onRefusal: () => undefined },
  }
  const reader = new LeanReader(taker, LIMITS.requestHeadBytes)
  const ending = new LeanEnding(socket, LIMITS, reader)
  socket.on('data', (bytes: Buffer) => ending.readPast(bytes))
  socket.on('close', () => act(() => ending.onClose()))
  const act = (change: () => void): void => walk.step(() => ending.state, change)
  return { socket, client, reader, ending, act }
}

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.close()
})

describe('the ends of a connection', () => {
  it('the drawing is the table that guards it', () => {
    expect(readDrawnArrows(new URL('lean-ending.ts', import.meta.url))).toEqual(listArrows(ENDING_ARROWS))
  })

  it('walks each of its arrows, over real sockets', async () => {
    const orderly = await open()
    orderly.act(() => orderly.ending.stopReading())
    orderly.client.write('read past')
    orderly.act(() => orderly.ending.endAfterAnswers())
    await once(orderly.client.resume(), 'end')
    orderly.client.end()
    await waitFor('its close', () => orderly.ending.state === 'closed')

    const idle = await open()
    idle.act(() => idle.ending.endAfterAnswers())
    expect([idle.ending.state, idle.reader.state]).toEqual(['ending', 'stopped'])

    for (const isOver of [false, true]) {
      const gone = await open()
      if (isOver) gone.ending.stopReading()
      gone.client.resetAndDestroy()
      await waitFor('its close', () => gone.ending.state === 'closed')
    }

    const switched = await open()
    switched.act(() => switched.ending.handOver())
    expect(switched.ending.isLate(Number.MAX_SAFE_INTEGER)).toBe(false)
    switched.client.resetAndDestroy()
    await waitFor('its close', () => switched.ending.state === 'closed')
    expect(walk.arrows).toEqual(listArrows(ENDING_ARROWS))
  })

  it('closed is the end: what comes then does nothing', async () => {
    const { socket, ending } = await open()
    ending.destroy()
    ending.stopReading()
    ending.endAfterAnswers()
    ending.readPast(Buffer.alloc(1))
    ending.destroy()
    expect([ending.state, socket.destroyed]).toEqual(['closed', true])
  })

  it('a client that has never said anything is not told goodbye when its time is over', async () => {
    const { socket, ending } = await open()
    ending.allow(0)
    expect(ending.isLate(Number.MAX_SAFE_INTEGER)).toBe(true)
    ending.onLate(0)
    expect([ending.state, socket.destroyed]).toEqual(['closed', true])
  })

  it('one that has asked before is', async () => {
    const { socket, client, ending } = await open()
    client.write('x')
    await waitFor('its bytes', () => socket.bytesRead === 1)
    ending.allow(Number.POSITIVE_INFINITY)
    expect(ending.isLate(Number.MAX_SAFE_INTEGER)).toBe(false)
    ending.onLate(0)
    expect(ending.state).toBe('ending')
  })
})
