import { beforeEach, describe, expect, it } from 'vitest'
import { CachedGateway, FN_PATH, FRESH, statusOf, withHeaders } from '../../helpers/cached-gateway.ts'
import type { PlayedCall } from '../../helpers/gateway-harness.ts'
import { ask, openStream } from '../../helpers/http.ts'
import { RawClient } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'

// One response for many: stale-while-revalidate, and requests that wait for each other (dev-and-edge.md §12.2).

const site = new CachedGateway()

describe('stale-while-revalidate', () => {
  const SWR = { 'cache-control': 'public, max-age=10, stale-while-revalidate=50' }
  const held: PlayedCall[] = []
  beforeEach(() => {
    held.length = 0
    site.respond(SWR)
  })

  it('stale is sent at once, one request fetches a new one, and after that the client waits', async () => {
    expect(await site.twice()).toBe('1 hit')
    site.nowMs += 10_000
    site.play = (call) => void held.push(call)
    const stale = await Promise.all([site.get(), site.get(), site.get()])
    expect(stale.map((answer) => `${answer.body} ${statusOf(answer)} ${answer.headers.age}`)).toEqual(
      Array(3).fill('1 hit; fwd=stale 10'),
    )
    expect(held).toHaveLength(1)
    held[0]!.answer(200, Object.entries(SWR).flat(), 'new')
    expect(`${(await site.get()).body} ${statusOf(await site.get())}`).toBe('new hit')
    site.respond(SWR)
    site.nowMs += 60_000
    expect(statusOf(await site.get())).toBe('fwd=stale')
    expect(site.calls).toHaveLength(3)
  })

  it('a refresh that fails leaves what there is, and is not tried again at once', async () => {
    await site.get()
    site.nowMs += 10_000
    site.respond({}, 500)
    for (let i = 0; i < 5; i++) expect((await site.get()).body).toBe('1')
    expect(site.calls).toHaveLength(2)
    site.nowMs += 5_000
    site.respond(SWR)
    expect((await site.get()).body).toBe('1')
    expect((await site.get()).body).toBe('3')
  })

  it('a refresh whose response is not for others any more removes what there is', async () => {
    await site.get()
    site.nowMs += 10_000
    site.respond({ 'cache-control': 'private' })
    expect((await site.get()).body).toBe('1')
    expect((await site.get()).body).toBe('3')
  })

  it('a refresh has of the request that caused it only what is in the key', async () => {
    site.respond({ ...SWR, vary: 'x-version' })
    await site.get('', withHeaders({ 'x-version': '7' }))
    site.nowMs += 10_000
    const evil = {
      'x-version': '7',
      'x-evil': '1',
      cookie: 'a=1',
      authorization: 'Basic x',
      range: 'bytes=0-0',
    }
    expect(statusOf(await site.get('', withHeaders(evil)))).toBe('hit; fwd=stale')
    const names = site.calls[1]!.headers.map(([name]) => name)
    expect(names).toContain('x-version')
    for (const name of ['x-evil', 'cookie', 'authorization', 'range']) expect(names).not.toContain(name)
  })

  it('of the cookies it has those in the key, those that have chosen the rule included', async () => {
    await site.restart({
      redirects: [{ from: '/y', conditions: { language: ['de'] }, to: FN_PATH, status: 200 }],
    })
    site.respond({ ...SWR, 'netlify-vary': 'cookie=ab' })
    const get = async (): Promise<string> => {
      const headers = { cookie: 'a=1; nf_lang=de; ab=2; session=3' }
      const answer = await ask(`${site.gateway.url}/y`, { headers })
      return `${answer.body} ${statusOf(answer)}`
    }
    await get()
    site.nowMs += 10_000
    expect([await get(), await get()]).toEqual(['1 hit; fwd=stale', '2 hit'])
    expect(site.calls[1]!.header('cookie')).toBe('nf_lang=de; ab=2')
  })

  it('a refresh that begins to have a Netlify-Cache-ID is found at once', async () => {
    await site.get()
    site.nowMs += 10_000
    site.respond({ ...SWR, 'netlify-cache-id': 'a' })
    expect([(await site.get()).body, (await site.get()).body, site.calls.length]).toEqual(['1', '2', 2])
  })

  it('must-revalidate forbids it', async () => {
    site.respond({ 'cache-control': 'public, max-age=10, stale-while-revalidate=50, must-revalidate' })
    await site.get()
    site.nowMs += 10_000
    expect(statusOf(await site.get())).toBe('fwd=stale')
  })
})

describe('requests for the same at once', () => {
  const held: PlayedCall[] = []
  beforeEach(() => {
    held.length = 0
    site.play = (call) => void held.push(call)
  })
  it('share one response that may be stored', async () => {
    const answers = Array.from({ length: 20 }, () => site.get())
    await site.waitForOpen(20)
    expect(held).toHaveLength(1)
    held[0]!.head(200, ['cache-control', FRESH], 'one ')
    held[0]!.chunk('for all')
    held[0]!.end()
    const heard = (await Promise.all(answers)).map((answer) => `${answer.body} ${statusOf(answer)}`)
    expect(heard.filter((each) => each === 'one for all hit')).toHaveLength(19)
    expect(held).toHaveLength(1)
  })

  it('go on alone when it may not, and then do not wait for each other', async () => {
    const answers = Array.from({ length: 5 }, () => site.get())
    await site.waitForOpen(5)
    held[0]!.head(200, ['cache-control', 'private'], 'mine')
    await waitFor('calls', () => held.length === 5)
    const more = Array.from({ length: 5 }, () => site.get())
    await waitFor('calls', () => held.length === 10)
    held[0]!.end()
    for (const call of held.slice(1)) call.answer(200, ['cache-control', 'private'], 'mine')
    await Promise.all([...answers, ...more])
  })

  it('do not wait for as long as responses keep saying that they are for one client', async () => {
    await site.restart({ limits: { cacheWaitMs: 600_000 } })
    site.respond({ 'cache-control': FRESH })
    await site.get('?for-all')
    site.respond({ 'cache-control': 'private' })
    for (const _request of [1, 2]) {
      await site.get()
      site.nowMs += 9_000
    }
    site.play = (call) => void held.push(call)
    const answers = [site.get(), site.get()]
    await waitFor('calls', () => held.length === 2)
    for (const call of held) call.answer(200, ['cache-control', 'private'], 'mine')
    await Promise.all(answers)
  })

  it('go on alone when it fails', async () => {
    const answers = Array.from({ length: 3 }, () => site.get())
    await site.waitForOpen(3)
    held[0]!.fail('FUNCTION_FAILED')
    await waitFor('calls', () => held.length === 3)
    for (const call of held.slice(1)) call.answer(200, [], 'well')
    expect((await Promise.all(answers)).map(({ status }) => status).sort()).toEqual([200, 200, 502])
  })

  it.each(['before the head', 'in the middle of the body'])(
    'another one takes over when the client of the first leaves %s',
    async (when) => {
      const first = await RawClient.connect(site.gateway.url)
      first.sendHead(`GET ${FN_PATH} HTTP/1.1`, `Host: ${new URL(site.gateway.url).host}`)
      await site.waitForOpen(1)
      const answers = [site.get(), site.get()]
      await site.waitForOpen(3)
      if (when !== 'before the head') held[0]!.head(200, ['cache-control', FRESH], 'a part')
      first.destroy()
      await waitFor('the second call', () => held.length === 2)
      held[1]!.answer(200, ['cache-control', FRESH], 'whole')
      expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(['whole', 'whole'])
      expect(held).toHaveLength(2)
    },
  )

  it('one that waits and leaves is forgotten', async () => {
    const first = site.get()
    await site.waitForOpen(1)
    const second = await RawClient.connect(site.gateway.url)
    second.sendHead(`GET ${FN_PATH} HTTP/1.1`, `Host: ${new URL(site.gateway.url).host}`)
    await site.waitForOpen(2)
    second.destroy()
    await site.waitForOpen(1)
    held[0]!.answer(200, ['cache-control', FRESH], 'one')
    expect((await first).body).toBe('one')
    expect(held).toHaveLength(1)
  })

  it('wait for a while only', async () => {
    await site.restart({
      limits: { cacheWaitMs: 10 },
      functions: { fn: { play: (call) => site.play(call) } },
    })
    site.respond({ 'cache-control': FRESH })
    await site.get('?first')
    site.play = (call) => void held.push(call)
    const answers = [site.get(), site.get()]
    await waitFor('both calls', () => held.length === 2)
    for (const call of held) call.answer(200, ['cache-control', FRESH], 'late')
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(['late', 'late'])
  })

  it('go on with what another one has stored meanwhile', async () => {
    const first = site.get()
    await site.waitForOpen(1)
    const second = site.get()
    await site.waitForOpen(2)
    const third = site.get('', withHeaders({ authorization: 'Basic x' }))
    await waitFor('the call of the third', () => held.length === 2)
    held[1]!.answer(200, ['cache-control', FRESH], 'sooner')
    expect((await Promise.all([second, third])).map(({ body }) => body)).toEqual(['sooner', 'sooner'])
    held[0]!.answer(200, ['cache-control', FRESH], 'later')
    expect((await first).body).toBe('later')
  })

  it('a function that asks for its own URL does not wait for itself', async () => {
    const outer = site.get()
    await site.waitForOpen(1)
    const inner = site.get('', withHeaders({ 'x-roost-caller': held[0]!.call.requestId }))
    await waitFor('the inner call', () => held.length === 2)
    held[1]!.answer(200, ['cache-control', FRESH], 'inner')
    held[0]!.answer(200, ['cache-control', FRESH], 'outer')
    expect([(await inner).body, (await outer).body]).toEqual(['inner', 'outer'])
  })

  it('those with another variant share the next one', async () => {
    const cookies = ['a', 'a', 'b', 'b', 'b']
    const answers = cookies.map((user) => site.get('', withHeaders({ cookie: `user=${user}` })))
    await site.waitForOpen(5)
    const headers = ['cache-control', FRESH, 'netlify-vary', 'cookie=user']
    const user = /user=(\w)/.exec(held[0]!.header('cookie')!)![1]!
    held[0]!.answer(200, headers, user)
    await waitFor('the second call', () => held.length === 2)
    held[1]!.answer(200, headers, /user=(\w)/.exec(held[1]!.header('cookie')!)![1]!)
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(cookies)
    expect(held).toHaveLength(2)
  })

  it('a response with an open stream does not hold up others for ever', async () => {
    site.respond({ 'cache-control': FRESH })
    await site.get('?first')
    site.play = (call) => void held.push(call)
    const stream = openStream(site.gateway.url + FN_PATH)
    await site.waitForOpen(1)
    held[0]!.head(200, ['cache-control', 'no-store', 'content-type', 'text/event-stream'], 'data: 1\n\n')
    const { chunks } = await stream
    expect((await chunks.next()).value).toBe('data: 1\n\n')
    const second = site.get()
    await waitFor('the second call', () => held.length === 2)
    held[1]!.answer(200, [], 'x')
    await second
    held[0]!.end()
  })
})
