import { afterAll, beforeAll, expect, it } from 'vitest'
import { type GatewayHarness, startGateway } from '../../helpers/gateway-harness.ts'
import { ask, sendRaw } from '../../helpers/http.ts'

// D110: the 404 of development says which stations the request passed, and the command that says more.
let gateway: GatewayHarness
beforeAll(async () => {
  gateway = await startGateway({
    mode: 'dev',
    files: { 'index.html': 'home' },
    functions: { post: { path: '/*', method: 'POST' } },
    redirects: [{ from: '/old', to: '/new', conditions: { country: ['US'] } }],
    country: () => 'DE',
  })
})
afterAll(() => gateway.stop())

it('D110: as text', async () => {
  const { status, body, headers } = await ask(`${gateway.url}/old?a='b`)
  expect([status, headers['x-roost-error'], headers['content-type']]).toEqual([
    404,
    'NOT_FOUND',
    'text/plain; charset=utf-8',
  ])
  expect(body).toMatch(/^Not Found\n\n/)
  expect(body).toContain(
    "  rule       _redirects:1  /old /new 301 Country=US: it is for the country US, and the visitor's is DE\n",
  )
  expect(body).toContain('  function   /*: post is for POST only\n')
  expect(body).toContain("\nFor more: roost why GET '/old?a=%27b'\n")
})

it('D110: as a page, in which nothing of the request is HTML', async () => {
  const target = `/<script>x</script>?a=<b>&c="d'\`$(e)`
  const answer = await sendRaw(
    gateway.url,
    `GET ${target} HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 404 [\s\S]*content-type: text\/html; charset=utf-8\r\n/)
  expect(answer).toContain('post is for POST only')
  expect(answer).not.toMatch(/<script|<b>|"d/)
  expect(answer).toContain('<code>roost why GET &#39;/%3Cscript%3E')
})

it('the site’s own page is shown where there is one, and production says nothing', async () => {
  await using own = await started({ mode: 'dev', files: { '404.html': 'nothing here' } })
  expect((await ask(`${own.url}/x`)).body).toBe('nothing here')
  await using production = await started({ files: { 'index.html': 'home' } })
  expect((await ask(`${production.url}/x`)).body).toBe('Not Found')
})

async function started(
  options: Parameters<typeof startGateway>[0],
): Promise<GatewayHarness & AsyncDisposable> {
  const harness = await startGateway(options)
  return Object.assign(harness, { [Symbol.asyncDispose]: () => harness.stop() })
}
