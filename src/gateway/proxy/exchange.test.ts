import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { EXCHANGE_ARROWS, type ExchangeOptions, ProxyExchange } from './exchange.ts'
import type { Lease } from './target-connections.ts'

it('the drawing is the table that guards it', () => {
  expect(readDrawnArrows(new URL('exchange.ts', import.meta.url))).toEqual(listArrows(EXCHANGE_ARROWS))
})

const controller = {
  rawHeaders: ['Upgrade', 'websocket'],
  resume: () => undefined,
  pause: () => undefined,
} as never

/** An exchange whose client and target the test plays, and what became of its connection. */
function arrange() {
  const seen: string[] = []
  const note = (what: string) => () => void seen.push(what)
  const lease = {
    ...{ isReused: false, client: { dispatch: () => true } },
    ...{ release: note('released'), end: note('ended') },
  } as unknown as Lease
  const client = new Socket()
  const reply = {
    ...{ listen: () => undefined, send: note('sent'), end: note('reply ended'), abort: note('aborted') },
    ...{ start: () => true, write: () => true, switchProtocols: () => client },
  } as unknown as ExchangeOptions['reply']
  const head = { method: 'GET' } as ExchangeOptions['head']
  const exchange = new ProxyExchange(
    {
      ...{ head, reply, mode: 'production', path: '/', headers: [], body: undefined, isUpgrade: false },
      ...{ timeoutMs: 60_000, stallMs: 60_000, lease: () => undefined },
      onFailure: ({ code }) => seen.push(code),
      onOver: note('over'),
    },
    lease,
  )
  return { exchange, seen, client }
}

it('walks each of its arrows, and is over once', async () => {
  const walk = new Walk()
  const act = (exchange: ProxyExchange, change: () => void) => walk.step(() => exchange.state, change)

  const whole = arrange()
  act(whole.exchange, () => whole.exchange.onResponseStart(controller, 200))
  act(whole.exchange, () => whole.exchange.onResponseEnd())
  expect(whole.seen).toEqual(['reply ended', 'released', 'over'])

  const broken = arrange()
  act(broken.exchange, () => broken.exchange.onResponseError(controller, new Error('no')))
  expect(broken.seen).toEqual(['PROXY_FAILED', 'ended', 'over'])

  const left = arrange()
  act(left.exchange, () => left.exchange.onResponseStart(controller, 200))
  act(left.exchange, () => left.exchange.onClose())
  expect(left.seen).toEqual(['ended', 'over'])

  const switched = arrange()
  const target = new Socket()
  act(switched.exchange, () => switched.exchange.onRequestUpgrade(controller, 101, {}, target))
  const closed = Promise.all(
    [switched.client, target].map((socket) => new Promise((done) => socket.on('close', done))),
  )
  switched.exchange.destroy()
  await closed
  let state: string = 'switched'
  walk.step(
    () => state,
    () => {
      state = switched.exchange.state
    },
  )
  expect([switched.exchange.state, switched.seen]).toEqual(['over', ['reply ended', 'ended', 'over']])

  for (const { exchange, seen } of [whole, broken, left, switched]) {
    const before = [...seen]
    exchange.onResponseStart(controller, 200)
    exchange.onResponseData(controller, Buffer.from('late'))
    exchange.onResponseEnd()
    exchange.onResponseError(controller, new Error('late'))
    exchange.onClose()
    expect([exchange.state, seen]).toEqual(['over', before])
  }
  expect(walk.arrows).toEqual(listArrows(EXCHANGE_ARROWS))
})
