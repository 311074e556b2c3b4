import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { RawClient } from '../../../test/helpers/raw-client.ts'
import { waitFor } from '../../../test/helpers/wait.ts'
import { MIB, monotonicNow } from '../lib/index.ts'
import { Backlog, BodyBudget } from '../memory/index.ts'
import { CONNECTION_ARROWS, Connection } from './connection.ts'
import type { Exchange } from './exchange.ts'
import { InputPump } from './input.ts'
import { Owners } from './owners.ts'
import { Turns } from './turns.ts'

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
const LAST = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

const clock = monotonicNow
const LIMITS = {
  ...{ connections: 10, ownerConnections: 10, strangers: 10 },
  ...{ ownerBodyBytes: MIB, ownerAnswerBytes: MIB, bodyTimeoutMs: 30_000, minBytesPerSecond: 0 },
}
const server = createServer()
const clients: RawClient[] = []
const walk = new Walk()

/** A connection, its client, and the requests that wait for their answers. */
async function open() {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  const accepted = once(server, 'connection')
  const client = await RawClient.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  clients.push(client)
  const [socket] = (await accepted) as [Socket]
  const exchanges: Exchange[] = []
  const connection = new Connection(socket, {
    owners: new Owners({ limits: LIMITS, bodies: new BodyBudget(MIB), clock }),
    pump: new InputPump(clock),
    turns: new Turns(),
    answers: new Backlog({ limitBytes: MIB, minBytesPerSecond: 0, graceMs: 0, clock }),
    handle: (exchange) => {
      exchange.admit('somebody')
      exchanges.push(exchange)
    },
    limits: LIMITS,
    clock,
  })
  connections.set(socket, connection)
  const look = walk.watch(() => connection.state)
  /** Sends text, and waits for the request in it to be handled. */
  const ask = async (text: string): Promise<Exchange> => {
    client.send(text)
    return waitFor('the request', () => exchanges.shift())
  }
  return { connection, client, socket, look, ask }
}

const connections = new WeakMap<object, Connection>()
server.on('request', (request, response) =>
  connections.get(request.socket)?.onRequest(request, response, false),
)
server.on('clientError', (_error, socket) => connections.get(socket)?.giveUp('REQUEST_INVALID'))

afterAll(() => {
  for (const client of clients) client.destroy()
  server.close()
})

describe('the states of a connection', () => {
  it('are those that are drawn', () => {
    expect(readDrawnArrows(new URL('connection.ts', import.meta.url))).toEqual(listArrows(CONNECTION_ARROWS))
  })

  it('open → over: with its last answer, and not before', async () => {
    const { connection, client, look, ask } = await open()
    for (const text of [GET, LAST]) {
      const exchange = await ask(text)
      look()
      expect(connection.state).toBe('open')
      exchange.reply(200, {}, 'hello')
      expect((await client.read()).body).toBe('hello')
    }
    await client.waitForEnd()
    look()
    connection.destroy()
    expect(connection.state).toBe('over')
  })

  it('open → refusing → over: what came before is answered first', async () => {
    const { connection, client, look, ask } = await open()
    const exchange = await ask(GET)
    connection.giveUp('REQUEST_INVALID')
    look()
    connection.giveUp('REQUEST_TIMEOUT')
    expect([connection.state, client.received]).toEqual(['refusing', ''])
    exchange.reply(200, {}, 'hello')
    expect((await client.read()).body).toBe('hello')
    expect((await client.read()).status).toBe(400)
    look()
    expect([await client.waitForEnd(), connection.state]).toEqual(['end', 'over'])
  })

  it('what is not HTTP is refused at once where nothing came before', async () => {
    const { connection, client } = await open()
    client.send('nonsense\r\n\r\n')
    expect((await client.read()).status).toBe(400)
    expect(connection.state).toBe('over')
  })

  it('open → over: the client leaves', async () => {
    const { connection, client, look, ask } = await open()
    await ask(GET)
    client.socket.resetAndDestroy()
    await waitFor('the close', () => connection.state === 'over')
    look()
  })

  it('has walked each of its arrows', () => expect(walk.arrows).toEqual(listArrows(CONNECTION_ARROWS)))
})
