import { describe, expect, it } from 'vitest'
import type { TrafficRules } from '../../../src/artifact/manifest/index.ts'
import { startGateway } from '../../helpers/gateway-harness.ts'
import { type AskOptions, ask } from '../../helpers/http.ts'

// runtime.md §15: the emulators enforce nothing, so these are Roost's own.
type Key = 'ip' | 'domain'
const limit = (
  windowLimit: number,
  keys: Key[] = ['domain'],
  to?: string,
): { trafficRules: TrafficRules } => ({
  trafficRules: {
    action: {
      type: to === undefined ? 'rate_limit' : 'rewrite',
      config: {
        ...(to !== undefined && { to }),
        rateLimitConfig: { windowLimit, windowSize: 60, algorithm: 'sliding_window' },
        aggregate: { keys: keys.map((type) => ({ type })) },
      },
    },
  },
})
/** From behind a proxy that is believed. */
const from = (address: string, host = 'a.example'): AskOptions => ({
  headers: { 'x-forwarded-for': address, host },
})

async function start(options: Parameters<typeof startGateway>[0]) {
  const domains = ['a.example', 'b.example']
  const gateway = await startGateway({ trustedHops: 1, domains, ...options })
  return {
    gateway,
    statuses: async (path: string, times: number, options?: AskOptions): Promise<number[]> => {
      const statuses: number[] = []
      for (let i = 0; i < times; i++) statuses.push((await ask(gateway.url + path, options)).status)
      return statuses
    },
    [Symbol.asyncDispose]: () => gateway.stop(),
  }
}

describe('rate_limit', () => {
  it('answers 429 beyond the limit, says when to come back, and does not call the function', async () => {
    await using site = await start({ functions: { fn: { path: '/fn', ...limit(2) } } })
    expect(await site.statuses('/fn', 4)).toEqual([200, 200, 429, 429])
    expect(site.gateway.calls).toHaveLength(2)
    const { headers, body } = await ask(`${site.gateway.url}/fn`)
    expect(body).toBe('Too Many Requests')
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-roost-error': 'RATE_LIMITED',
    })
    const seconds = Number(headers['retry-after'])
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(120)
  })

  it('a limit of 0 lets nobody in, and still says a time', async () => {
    await using site = await start({ functions: { fn: { path: '/fn', ...limit(0) } } })
    const { status, headers } = await ask(`${site.gateway.url}/fn`)
    expect([status, headers['retry-after']]).toEqual([429, '120'])
  })

  it('counts each function for itself, however it is asked for', async () => {
    await using site = await start({
      functions: { one: { path: ['/one', '/uno'], ...limit(2) }, two: { ...limit(1) }, free: {} },
      redirects: [{ from: '/alias', to: '/one', status: 200 }],
    })
    expect(await site.statuses('/one', 1)).toEqual([200])
    expect(await site.statuses('/uno', 1)).toEqual([200])
    expect(await site.statuses('/alias', 1)).toEqual([429])
    expect(await site.statuses('/.netlify/functions/two', 2)).toEqual([200, 429])
    expect(await site.statuses('/.netlify/functions/free', 3)).toEqual([200, 200, 200])
  })

  it('by domain: all clients of a host name together', async () => {
    await using site = await start({ functions: { fn: { path: '/fn', ...limit(1) } } })
    expect(await site.statuses('/fn', 1, from('192.0.2.1'))).toEqual([200])
    expect(await site.statuses('/fn', 1, from('192.0.2.2'))).toEqual([429])
    expect(await site.statuses('/fn', 1, from('192.0.2.2', 'b.example'))).toEqual([200])
    expect(await site.statuses('/fn', 1, from('192.0.2.2', 'A.example'))).toEqual([429])
  })

  it('a name that is none of the site’s is not another domain', async () => {
    await using site = await start({ functions: { fn: { path: '/fn', ...limit(1) } } })
    expect(await site.statuses('/fn', 1, from('192.0.2.1', 'x1.example'))).toEqual([200])
    expect(await site.statuses('/fn', 1, from('192.0.2.1', 'x2.example'))).toEqual([429])
    const forwarded = { headers: { 'x-forwarded-host': 'x3.example' } }
    expect(await site.statuses('/fn', 1, forwarded)).toEqual([429])
  })

  it('by ip: each address, of IPv6 each /64', async () => {
    await using site = await start({ functions: { fn: { path: '/fn', ...limit(1, ['ip']) } } })
    expect(await site.statuses('/fn', 2, from('192.0.2.1'))).toEqual([200, 429])
    expect(await site.statuses('/fn', 1, from('192.0.2.2'))).toEqual([200])
    expect(await site.statuses('/fn', 1, from('2001:db8:1:2::3'))).toEqual([200])
    expect(await site.statuses('/fn', 1, from('2001:db8:1:2:ffff::4'))).toEqual([429])
    expect(await site.statuses('/fn', 1, from('2001:db8:1:3::3'))).toEqual([200])
  })

  it('by both', async () => {
    await using site = await start({ functions: { fn: { path: '/fn', ...limit(1, ['ip', 'domain']) } } })
    expect(await site.statuses('/fn', 2, from('192.0.2.1'))).toEqual([200, 429])
    expect(await site.statuses('/fn', 1, from('192.0.2.1', 'b.example'))).toEqual([200])
  })

  it('a client cannot say that it is another, unless a proxy is believed', async () => {
    await using site = await start({
      trustedHops: 0,
      functions: { fn: { path: '/fn', ...limit(1, ['ip']) } },
    })
    expect(await site.statuses('/fn', 1, { headers: { 'x-forwarded-for': '192.0.2.1' } })).toEqual([200])
    expect(await site.statuses('/fn', 1, { headers: { 'x-forwarded-for': '192.0.2.2' } })).toEqual([429])
  })

  it('a flood of addresses takes no more memory than rateLimitKeys', async () => {
    await using site = await start({
      functions: { fn: { path: '/fn', ...limit(1, ['ip']) } },
      limits: { rateLimitKeys: 2 },
    })
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3'])
      expect(await site.statuses('/fn', 1, from(address))).toEqual([200])
    expect(await site.statuses('/fn', 1, from('192.0.2.3'))).toEqual([429])
    expect(await site.statuses('/fn', 1, from('192.0.2.1'))).toEqual([200])
  })
})

describe('rewrite', () => {
  it('shows another path, which is not counted, and the function that serves it sees the client’s URL', async () => {
    await using site = await start({
      functions: {
        fn: { path: '/fn', ...limit(1, ['domain'], '/busy') },
        busy: { path: '/busy', play: (call) => call.answer(503, [], call.call.url) },
        other: { path: '/other', ...limit(1, ['domain'], '/busy.html') },
      },
      files: { 'busy.html': 'come back later' },
    })
    expect(await site.statuses('/fn', 3)).toEqual([200, 503, 503])
    expect((await ask(`${site.gateway.url}/fn?x=1`)).body).toBe(`${site.gateway.url}/fn?x=1`)
    await site.statuses('/other', 1)
    expect(await ask(`${site.gateway.url}/other`)).toMatchObject({ status: 200, body: 'come back later' })
  })

  it('to a path that is written without its slash, and with a query of its own', async () => {
    await using site = await start({
      functions: {
        fn: { path: '/fn', ...limit(0, ['domain'], 'busy?from=fn') },
        busy: { path: '/busy', play: (call) => call.answer(503, [], call.call.url) },
      },
    })
    expect(await ask(`${site.gateway.url}/fn?x=1`)).toMatchObject({
      status: 503,
      body: `${site.gateway.url}/fn?from=fn`,
    })
  })

  it('to a path that is not there is 404', async () => {
    await using site = await start({
      functions: { fn: { path: '/fn', ...limit(1, ['domain'], '/nowhere') } },
    })
    expect(await site.statuses('/fn', 2)).toEqual([200, 404])
  })
})

it('D98: nothing is limited in development', async () => {
  await using site = await start({ mode: 'dev', functions: { fn: { path: '/fn', ...limit(1) } } })
  expect(await site.statuses('/fn', 3)).toEqual([200, 200, 200])
})
