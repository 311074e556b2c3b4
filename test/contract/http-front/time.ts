import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { ResponseSink } from '../../../src/gateway/http/index.ts'
import { getHeader } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'
import { type FrontStage, type Handler, HOST, NOTHING, okay, receive } from './stage.ts'

export function describeTime(stage: FrontStage): void {
  const { serve, open, ask } = stage

  describe('time', () => {
    it('a head that does not arrive: 408', async () => {
      await serve(okay, { requestHeadTimeoutMs: 200, requestBodyTimeoutMs: 0 })
      const client = await open()
      client.send('GET / HTTP/1.1\r\nHos')
      const response = await client.read()
      expect([response.status, getHeader(response, 'x-roost-error')]).toEqual([408, 'REQUEST_TIMEOUT'])
      await client.waitForEnd()
    })

    it('a body that does not arrive: 408', async () => {
      const events: string[] = []
      await serve((_head, body) => body.collect(receive(events)), {
        requestHeadTimeoutMs: 100,
        requestBodyTimeoutMs: 100,
      })
      const client = await open()
      client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 6')
      client.send('abc')
      expect(await client.read()).toMatchObject({ status: 408 })
      await client.waitForEnd()
      expect(events).toEqual(['abc'])
    })

    it('a connection that asks nothing more is ended', async () => {
      await serve(okay, { keepAliveMs: 100 })
      const client = await open()
      client.sendHead('GET / HTTP/1.1', HOST)
      await client.read()
      expect(await client.waitForEnd()).toBe('end')
    })

    it('a client that stops reading its answer is left', async () => {
      const events: string[] = []
      await serve(
        (_head, _body, sink) => {
          const fill = (): void => {
            let isTaken = true
            while (isTaken) isTaken = sink.write(Buffer.alloc(1024 * 1024))
          }
          sink.listen({ onDrain: fill, onClose: () => events.push('close') })
          sink.start(200, [], undefined, NOTHING)
          fill()
        },
        { clientStallMs: 200 },
      )
      const client = await open()
      client.socket.pause()
      client.sendHead('GET / HTTP/1.1', HOST)
      await waitFor('its end', () => events.includes('close'))
    })

    it('a client that waits for a slow answer is not', async () => {
      let sink: ResponseSink | undefined
      const hold: Handler = (_head, _body, own) => {
        sink = own
      }
      await serve(hold, { clientStallMs: 50, keepAliveMs: 50 })
      const [patient, idle] = [await open(), await open()]
      patient.sendHead('GET / HTTP/1.1', HOST)
      await waitFor('the request', () => sink !== undefined)
      const first = sink!
      idle.sendHead('GET / HTTP/1.1', HOST)
      await waitFor('the other request', () => sink !== first)
      sink!.send(200, [], '')
      // The other connection was idle for as long as this one waits, and has ended.
      await idle.waitForEnd()
      first.send(200, [], 'patience')
      expect(await patient.read()).toMatchObject({ body: 'patience' })
    })
  })

  it('10,000 idle connections: each is answered again, a new client too, and they take little memory', async () => {
    await serve(okay, { keepAliveMs: 120_000 })
    const count = 10_000
    // In a process of its own: one process has not enough descriptors for both sides.
    const crowd = spawn(process.execPath, ['-e', CROWD, new URL(stage.url).port, String(count)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let heard = ''
    crowd.stdout.on('data', (text: Buffer) => {
      heard += text
    })
    try {
      const before = process.memoryUsage().rss
      await waitFor('an answer to each', () => heard.includes('answered 1'), 60_000)
      expect(stage.front!.connections).toBe(count)
      expect(stage.front!.openRequests).toBe(0)
      const perConnection = (process.memoryUsage().rss - before) / count
      expect(perConnection).toBeLessThan(32 * 1024)
      expect(await ask('GET / HTTP/1.1', HOST)).toMatchObject({ status: 200, body: 'ok' })
      crowd.stdin.write('again')
      await waitFor('another answer to each', () => heard.includes('answered 2'), 60_000)
      expect(stage.front!.connections).toBeGreaterThanOrEqual(count)
    } finally {
      crowd.kill('SIGKILL')
    }
    await waitFor('the end of the crowd', () => stage.front!.connections <= 1)
  }, 120_000)

  it('ends connections beyond the limit, and takes others when there is room again', async () => {
    await serve(okay, { connections: 2 })
    const [first, second] = [await open(), await open()]
    await waitFor('both', () => stage.front!.connections === 2)
    const third = await open()
    await third.waitForEnd()
    expect(stage.refusals).toEqual(['HOST_BUSY'])
    first.destroy()
    await waitFor('room', () => stage.front!.connections === 1)
    const fourth = await open()
    for (const client of [second, fourth]) {
      client.sendHead('GET / HTTP/1.1', HOST)
      expect(await client.read()).toMatchObject({ status: 200 })
    }
  })
}

/** Opens so many connections, 200 at a time, asks on each, and once more when it is told. */
const CROWD = `
const [port, count] = process.argv.slice(1).map(Number)
const sockets = []
let answers = 0
const ask = (socket) => socket.write('GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n')
const onAnswer = () => {
  answers++
  if (sockets.length < count) open()
  if (answers % count === 0) console.log('answered ' + answers / count)
}
const open = () => {
  const socket = require('node:net').connect(port, '127.0.0.1', () => ask(socket))
  sockets.push(socket)
  socket.on('data', onAnswer)
}
for (let i = 0; i < 200; i++) open()
process.stdin.on('data', () => sockets.forEach(ask))
`
