import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createSecureContext } from 'node:tls'
import { jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { createTargetPolicy } from '../../../src/gateway/proxy/index.ts'
import type { HarnessOptions } from '../../helpers/gateway-harness.ts'
import { ask } from '../../helpers/http.ts'
import { ProxyStage } from '../../helpers/proxy-stage.ts'
import { startServer } from '../../helpers/server-harness.ts'
import { echo, type SeenRequest, type Serve, start, startUpstream } from '../../helpers/upstream.ts'
import { waitFor, waitForRest } from '../../helpers/wait.ts'

// dev-and-edge.md §2.9, §2.10, D99, D134: where proxies lead, what becomes of failures, and what bounds them.

const { keep, proxyTo, serve, open } = new ProxyStage()

describe('failures', () => {
  it('case 56: a target that is down is a 502 with a code; the log names rule, target and cause', async () => {
    const upstream = await startUpstream(echo)
    await upstream.stop()
    const gateway = await proxyTo('', {
      redirects: [{ from: '/api/*', to: `${upstream.url}/:splat?key=secret`, status: 200 }],
    })
    const answer = await ask(`${gateway.url}/api/x?token=secret`)
    expect([answer.status, answer.body]).toEqual([502, 'Could not proxy request.'])
    expect(answer.headers).toMatchObject({ 'x-roost-error': 'PROXY_FAILED' })
    const line = gateway.log.find(({ event }) => event === 'proxy.failed')
    expect(line).toMatchObject({
      ...{ level: 'warn', code: 'PROXY_FAILED', rule: '_redirects:1', target: upstream.url },
      requestId: answer.headers['x-nf-request-id'],
      message: `Could not proxy to ${upstream.url}: connect ECONNREFUSED 127.0.0.1:${upstream.port}`,
    })
    expect(JSON.stringify(gateway.log)).not.toContain('secret')
  })

  it('a name that nobody has', async () => {
    const gateway = await proxyTo('http://nosuch.invalid')
    const answer = await ask(`${gateway.url}/api/x`)
    expect([answer.status, answer.headers['x-roost-error']]).toEqual([502, 'PROXY_FAILED'])
  })

  const tls = { key: readPem('localhost.key'), cert: readPem('localhost.crt') }

  it('a certificate that nobody trusts; one that is trusted, and one of another name', async () => {
    const upstream = await keep(start(createTlsServer(tls, echo)))
    const url = `https://localhost:${upstream.port}`
    const distrusting = await proxyTo(url)
    const refused = await ask(`${distrusting.url}/api/x`)
    expect([refused.status, refused.headers['x-roost-error']]).toEqual([502, 'PROXY_FAILED'])
    expect(distrusting.log.find(({ event }) => event === 'proxy.failed')?.message).toMatch(/certificate/)
    const proxyTrust = () => createSecureContext({ ca: tls.cert })
    const trusting = await proxyTo(url, { proxyTrust })
    const answer = await ask(`${trusting.url}/api/x`)
    expect(JSON.parse(answer.body)).toMatchObject({
      url: '/x',
      headers: { host: `localhost:${upstream.port}` },
    })
    const other = await proxyTo(`https://127.0.0.1:${upstream.port}`, { proxyTrust })
    expect((await ask(`${other.url}/api/x`)).status).toBe(502)
  })

  it('a target that takes too long is a 504', async () => {
    const { gateway, upstream } = await serve(() => undefined, { limits: { proxyTimeoutMs: 100 } })
    const answer = await ask(`${gateway.url}/api/x`)
    expect([answer.status, answer.headers['x-roost-error']]).toEqual([504, 'PROXY_TIMEOUT'])
    await waitFor('the end of its connection', () => upstream.open.size === 0)
  })

  it('a target that does not take the body is a 504 too', async () => {
    const { gateway } = await serve((req) => req.pause(), { limits: { proxyTimeoutMs: 200 } })
    const client = await open(gateway)
    client.sendHead('POST /api/x HTTP/1.1', 'Host: a', 'Content-Length: 100000000')
    const piece = Buffer.alloc(1024 * 1024)
    for (let i = 0; i < 50; i++) client.send(piece)
    expect((await client.read()).status).toBe(504)
  })

  it("a client that takes long to send is not the target's delay, nor is a response that takes long", async () => {
    const { gateway } = await serve(
      (req, res) => {
        req.resume()
        req.on('end', () => res.write('begun'))
      },
      { limits: { proxyTimeoutMs: 100 } },
    )
    const other = await proxyTo((await keep(startUpstream(() => undefined))).url, {
      limits: { proxyTimeoutMs: 300 },
    })
    const client = await open(gateway)
    client.sendHead('POST /api/x HTTP/1.1', 'Host: a', 'Content-Length: 4')
    client.send('ab')
    // Longer than the limit.
    expect((await ask(`${other.url}/api/x`)).status).toBe(504)
    client.send('cd')
    await waitFor('the beginning', () => client.received.includes('begun'))
    expect((await ask(`${other.url}/api/x`)).status).toBe(504)
    expect(client.ended).toBeUndefined()
  })
})

describe('case 55: signed', () => {
  const redirects = (to: string): HarnessOptions => ({
    redirects: [{ from: '/api/*', to: `${to}/:splat`, status: 200, signed: 'API_SECRET' }],
  })

  it('the target can verify who asks, and the client cannot say it', async () => {
    const upstream = await keep(startUpstream(echo))
    const gateway = await proxyTo('', {
      ...redirects(upstream.url),
      siteUrl: 'https://site.example',
      env: { API_SECRET: 'a secret of the site' },
    })
    const answer = await ask(`${gateway.url}/api/x`, { headers: { 'x-nf-sign': 'forged' } })
    const { headers } = JSON.parse(answer.body) as SeenRequest
    const { payload, protectedHeader } = await jwtVerify(
      String(headers['x-nf-sign']),
      Buffer.from('a secret of the site'),
      { algorithms: ['HS256'], issuer: 'netlify' },
    )
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(payload).toEqual({
      ...{
        iss: 'netlify',
        site_url: 'https://site.example',
        netlify_id: 'site',
        deploy_context: 'production',
      },
      exp: expect.any(Number),
    })
    const left = payload.exp! - Date.now() / 1000
    expect(left).toBeGreaterThan(200)
    expect(left).toBeLessThanOrEqual(300)
    expect(JSON.stringify(gateway.log)).not.toContain('a secret')
  })

  it.each<[context: string, env: Record<string, string>, secret: string]>([
    ['production', {}, 'of the build'],
    ['staging', {}, 'of the context'],
    ['staging', { API_SECRET: 'of the operator' }, 'of the operator'],
  ])('D88: the secret is read from netlify.toml too: %s, given %j', async (context, env, secret) => {
    const upstream = await keep(startUpstream(echo))
    const toml = `[build.environment]
API_SECRET = "of the build"
[context.staging.environment]
API_SECRET = "of the context"
[[redirects]]
from = "/api/*"
to = "${upstream.url}/:splat"
status = 200
signed = "API_SECRET"
`
    await using server = await startServer({
      functions: { 'hello.mjs': 'export default () => new Response(process.env.API_SECRET ?? "none")' },
      project: { 'netlify.toml': toml },
      context,
      env,
    })
    const { headers } = JSON.parse((await server.ask('/api/x')).body) as SeenRequest
    await jwtVerify(String(headers['x-nf-sign']), Buffer.from(secret))
    expect((await server.ask('hello')).body).toBe(env.API_SECRET ?? 'none')
  })

  it('without the variable requests are not signed, and the log says so once', async () => {
    const upstream = await keep(startUpstream(echo))
    const gateway = await proxyTo('', redirects(upstream.url))
    for (let i = 0; i < 3; i++) {
      const { headers } = JSON.parse((await ask(`${gateway.url}/api/x`)).body) as SeenRequest
      expect(headers['x-nf-sign']).toBeUndefined()
    }
    const lines = gateway.log.filter(({ event }) => event === 'proxy.unsigned')
    expect(lines).toMatchObject([
      { level: 'warn', rule: '_redirects:1', message: expect.stringContaining('API_SECRET') },
    ])
  })
})

describe('where proxies lead', () => {
  it('back to the rule: a 508 after five rounds, whatever the client says', async () => {
    const gateway = await proxyTo('', {
      redirects: [{ from: '/api/*', to: 'http://self.invalid', status: 200 }],
    })
    gateway.deploy = gateway.createDeploy('loop', {}, [
      { from: '/api/*', to: `${gateway.url}/api/:splat`, status: 200 },
    ])
    for (const [sent, rounds] of [
      [undefined, 6],
      ['0', 6],
      ['-5', 6],
      ['x', 6],
      ['3', 3],
      ['99', 1],
    ] as const) {
      const before = gateway.log.length
      const answer = await ask(
        `${gateway.url}/api/x`,
        sent === undefined ? {} : { headers: { 'x-roost-hops': sent } },
      )
      // Each round takes the code of the next one away (D10): the log has it.
      expect([answer.status, answer.headers['x-roost-error']]).toEqual([
        508,
        rounds === 1 ? 'PROXY_LOOP' : undefined,
      ])
      await waitFor(
        'all rounds',
        () => gateway.log.slice(before).filter(({ event }) => event === 'request.finish').length === rounds,
      )
      expect(gateway.log.slice(before).filter(({ code }) => code === 'PROXY_LOOP').length).toBeGreaterThan(0)
    }
  })

  it('to a function of the same server: the public listener is a target like others', async () => {
    const gateway = await proxyTo('', { functions: { hello: {} } })
    gateway.deploy = gateway.createDeploy('own', { hello: {} }, [
      { from: '/api/*', to: `${gateway.url}/.netlify/functions/:splat`, status: 200 },
    ])
    expect((await ask(`${gateway.url}/api/hello`)).body).toBe('hello')
  })

  it.each([
    ['http://169.254.169.254/latest', 'link-local'],
    ['http://[::ffff:169.254.169.254]/', 'link-local'],
    ['http://[fe80::1]/', 'link-local'],
    ['http://[64:ff9b::a9fe:a9fe]/', 'link-local'],
    ['http://2852039166/', 'link-local'],
    ['http://100.100.100.200/', 'link-local'],
  ])('never to %s', async (to, why) => {
    const gateway = await proxyTo('', { redirects: [{ from: '/api', to, status: 200 }] })
    const answer = await ask(`${gateway.url}/api`)
    expect([answer.status, answer.headers['x-roost-error']]).toEqual([502, 'PROXY_REFUSED'])
    expect(gateway.log.find(({ event }) => event === 'proxy.failed')?.message).toContain(why)
  })

  it('never to a listener of Roost that is not for clients, by whatever name', async () => {
    const upstream = await keep(startUpstream(echo))
    const proxyPolicy = createTargetPolicy({ entries: [], isOwnPort: (port) => port === upstream.port })
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '0.0.0.0', '127.1']) {
      const gateway = await proxyTo(`http://${host}:${upstream.port}`, { proxyPolicy })
      const answer = await ask(`${gateway.url}/api/x`)
      expect([host, answer.status, answer.headers['x-roost-error']]).toEqual([host, 502, 'PROXY_REFUSED'])
    }
    expect(upstream.made).toBe(0)
  })

  it('only where the operator allows it', async () => {
    const upstream = await keep(startUpstream(echo))
    const proxyPolicy = createTargetPolicy({ entries: ['!private'] })
    const gateway = await proxyTo(`http://localhost:${upstream.port}`, { proxyPolicy })
    expect((await ask(`${gateway.url}/api/x`)).headers['x-roost-error']).toBe('PROXY_REFUSED')
    const other = await proxyTo(`http://localhost:${upstream.port}`, {
      proxyPolicy: createTargetPolicy({ entries: ['localhost'] }),
    })
    expect((await ask(`${other.url}/api/x`)).status).toBe(200)
  })
})

describe('bounds', () => {
  it('one target has half of the connections; idle ones make room for others', async () => {
    const waiting: (() => void)[] = []
    const slow: Serve = (_req, res) => waiting.push(() => res.end('at last'))
    const [a, b, c] = [
      await keep(startUpstream(slow)),
      await keep(startUpstream(echo)),
      await keep(startUpstream(echo)),
    ]
    const gateway = await proxyTo('', {
      limits: { proxyConnections: 4 },
      redirects: [a, b, c].map(({ url }, i) => ({ from: `/${'abc'[i]}`, to: url!, status: 200 })),
    })
    const slowAnswers = [ask(`${gateway.url}/a`), ask(`${gateway.url}/a`)]
    await waitFor('both', () => waiting.length === 2)
    const third = await ask(`${gateway.url}/a`)
    expect([third.status, third.headers['x-roost-error'], third.headers['retry-after']]).toEqual([
      503,
      'HOST_BUSY',
      '5',
    ])
    for (const path of ['b', 'c', 'b', 'c', 'b'])
      expect((await ask(`${gateway.url}/${path}`)).status).toBe(200)
    await waitFor('four at most', () => a!.open.size + b!.open.size + c!.open.size <= 4)
    for (const go of waiting) go()
    expect((await Promise.all(slowAnswers)).map(({ body }) => body)).toEqual(['at last', 'at last'])
    expect((await ask(`${gateway.url}/b`)).status).toBe(200)
  })

  it('a client that does not read keeps the rest with the target', async () => {
    let sent = 0
    const { gateway } = await serve((_req, res) => {
      const piece = Buffer.alloc(64 * 1024)
      const fill = (): void => {
        while (sent < 20 * 1024 * 1024) {
          sent += piece.length
          if (!res.write(piece)) return void res.once('drain', fill)
        }
        res.end()
      }
      fill()
    })
    const client = await open(gateway)
    client.socket.pause()
    client.sendHead('GET /api/x HTTP/1.1', 'Host: a')
    await waitFor('the first bytes', () => sent > 0)
    await waitForRest('a target that waits', () => sent, 200)
    expect(sent).toBeLessThan(16 * 1024 * 1024)
    expect(gateway.gateway.stats().answerBytes).toBeLessThan(512 * 1024)
    client.socket.resume()
    const response = await client.read()
    expect([response.isWhole, response.body.length]).toEqual([true, 20 * 1024 * 1024])
  })

  it('a target that does not read keeps the rest with the client', async () => {
    let request: IncomingMessage | undefined
    const { gateway } = await serve((req) => {
      req.pause()
      request = req
    })
    const client = await open(gateway)
    client.sendHead('POST /api/x HTTP/1.1', 'Host: a', 'Content-Length: 33554432')
    for (let i = 0; i < 32; i++) client.send(Buffer.alloc(1024 * 1024))
    await waitFor('the request', () => request !== undefined)
    const left = await waitForRest('a client that waits', () => client.socket.writableLength, 200)
    expect(left).toBeGreaterThan(16 * 1024 * 1024)
    expect(gateway.gateway.stats().bodyBytes).toBe(256 * 1024)
    client.destroy()
    request!.resume() // its leaving is noticed when more is read
  })
})

describe('shutdown', () => {
  it('responses are finished; streams of events are ended after a while', async () => {
    const finish: (() => void)[] = []
    const { gateway } = await serve(
      (req, res) => {
        if (req.url === '/events') res.writeHead(200, { 'content-type': 'text/event-stream' })
        res.write('data: 1\n\n')
        finish.push(() => res.end('end'))
      },
      { limits: { proxyTimeoutMs: 1000 } },
    )
    const [file, events] = [await open(gateway), await open(gateway)]
    file.sendHead('GET /api/file HTTP/1.1', 'Host: a')
    await waitFor('the file', () => finish.length === 1)
    events.sendHead('GET /api/events HTTP/1.1', 'Host: a')
    await waitFor('both', () => events.received.includes('data') && file.received.includes('data'))
    const closing = gateway.gateway.close()
    finish[0]!()
    expect(await file.read()).toMatchObject({ status: 200, isWhole: true })
    expect(await events.read()).toMatchObject({ status: 200, isWhole: false })
    await closing
  })
})

it('a server of a project: rules of netlify.toml, a secret of --env, listeners of its own', async () => {
  const upstream = await keep(startUpstream(echo))
  const probe = await startUpstream(echo)
  await probe.stop()
  const rule = (from: string, to: string): string =>
    `[[redirects]]\nfrom = "${from}"\nto = "${to}"\nstatus = 200\nsigned = "API_SECRET"\n`
  await using server = await startServer({
    functions: { 'hello.mjs': 'export default () => new Response("hello")' },
    project: {
      'netlify.toml': `${rule('/api/*', `${upstream.url}/:splat`)}${rule('/admin', `${probe.url}/metrics`)}`,
    },
    env: { API_SECRET: 'a secret of the site' },
    settings: { adminPort: probe.port },
  })
  const { headers, url } = JSON.parse((await server.ask('/api/x?y=1')).body) as SeenRequest
  const { payload } = await jwtVerify(String(headers['x-nf-sign']), Buffer.from('a secret of the site'))
  expect([url, payload.site_url, payload.netlify_id]).toEqual(['/x?y=1', server.url, 'site-id'])
  expect((await server.ask('/admin')).headers['x-roost-error']).toBe('PROXY_REFUSED')
})

function readPem(name: string): string {
  return readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8')
}
