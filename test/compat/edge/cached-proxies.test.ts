import { expect, it } from 'vitest'
import { FRESH } from '../../helpers/cached-gateway.ts'
import { ask } from '../../helpers/http.ts'
import { ProxyStage } from '../../helpers/proxy-stage.ts'
import { waitFor } from '../../helpers/wait.ts'

// Responses of other servers in the shared cache (dev-and-edge.md §2.7, §12.2).

const { serve } = new ProxyStage()

/** A server that counts its requests in the body. */
async function serveCounted(headers: Record<string, string>) {
  let requests = 0
  const { gateway } = await serve((_req, res) => {
    requests++
    res.writeHead(200, headers)
    res.write(`${requests} `)
    res.end('whole')
  })
  return async (path: string, own: Record<string, string> = {}): Promise<string> => {
    const answer = await ask(`${gateway.url}/api${path}`, { headers: own })
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('netlify-'))).toEqual([])
    return `${answer.body} ${String(answer.headers['cache-status'])}`
  }
}

it('what opts in is stored, by the URL that the target sees', async () => {
  const get = await serveCounted({ 'netlify-cdn-cache-control': FRESH, 'netlify-cache-tag': 'a' })
  expect(await get('/a?x=1&y=2')).toBe('1 whole "Roost"; fwd=miss')
  expect(await get('/a?y=2&x=1')).toBe('1 whole "Roost"; hit')
  expect(await get('/a?x=2')).toBe('2 whole "Roost"; fwd=miss')
  expect(await get('/b')).toBe('3 whole "Roost"; fwd=miss')
})

it('what does not opt in is not, and a later response that does is', async () => {
  const headers: Record<string, string> = {}
  const get = await serveCounted(headers)
  expect([await get('/a'), await get('/a')]).toEqual([
    ...['1 whole "Roost"; fwd=miss', '2 whole "Roost"; fwd=miss'],
  ])
  headers['cache-control'] = FRESH
  expect([await get('/b'), await get('/b')]).toEqual([
    ...['3 whole "Roost"; fwd=miss', '3 whole "Roost"; hit'],
  ])
})

it('the target is told the host of the client: it is part of the key', async () => {
  const get = await serveCounted({ 'cache-control': FRESH })
  expect(await get('/a', { host: 'a.example' })).toContain('1 whole')
  expect(await get('/a', { host: 'evil.example' })).toContain('2 whole')
  expect(await get('/a', { host: 'a.example' })).toBe('1 whole "Roost"; hit')
})

it.each([
  ['that is not for others', 'no-store', ''],
  ['that is too large', FRESH, 'x'.repeat(1000)],
  ['that takes too long', FRESH, 'x'],
])('a refresh does not take the rest of a response %s', async (_what, cacheControl, text) => {
  let nowMs = 1_000_000
  let requests = 0
  const { gateway, upstream } = await serve(
    (_req, res) => {
      requests++
      if (requests > 1) return void res.writeHead(200, { 'cache-control': cacheControl }).write(text + text)
      res.writeHead(200, { 'cache-control': 'max-age=1, stale-while-revalidate=100' }).end('one')
    },
    { clock: () => nowMs, limits: { cacheEntryBytes: 1000, proxyTimeoutMs: 1000 } },
  )
  await ask(`${gateway.url}/api/a`)
  nowMs += 1000
  expect((await ask(`${gateway.url}/api/a`)).body).toBe('one')
  await waitFor('the refresh, and its end', () => requests === 2 && upstream.open.size === 0)
})

it('requests at once share one response', async () => {
  let requests = 0
  const { gateway } = await serve((_req, res) => {
    requests++
    setImmediate(() => res.writeHead(200, { 'cache-control': FRESH }).end('one'))
  })
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(`${gateway.url}/api/a`)))
  expect([new Set(answers.map(({ body }) => body)), requests]).toEqual([new Set(['one']), 1])
})
