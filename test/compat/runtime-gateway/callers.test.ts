import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createIdentity,
  createTokenVerifier,
  formatPlace,
  mockCountry,
} from '../../../src/gateway/visitors/index.ts'
import { openStream } from '../../helpers/http.ts'
import { createListLog } from '../../helpers/list-log.ts'
import { RawClient } from '../../helpers/raw-client.ts'
import { type RunningServer, startServer } from '../../helpers/server-harness.ts'

const SECRET = 'the secret of this site and no other'
const FUNCTIONS = {
  'geo.mjs': 'export default (request, { geo }) => Response.json(geo)',
  'ip.mjs': 'export default (request, { ip }) => Response.json([ip, request.headers.get("x-forwarded-for")])',
  'v1.mjs':
    'export const handler = async (event, context) => ({ statusCode: 200, body: JSON.stringify([context.clientContext, context.identity]) })',
  'v2.mjs': 'export default () => Response.json(globalThis.netlifyIdentityContext)',
}

const sign = (secret: string, claims = {}): Promise<string> =>
  new SignJWT({ sub: 'u1', email: 'ada@example.com', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.from(secret))

describe('where the client is', () => {
  it('case 18: development has the emulators’ place', async () => {
    await using server = await startServer({ mode: 'dev', functions: FUNCTIONS })
    expect(JSON.parse((await server.ask('geo')).body)).toEqual({
      city: 'San Francisco',
      country: { code: 'US', name: 'United States' },
      subdivision: { code: 'CA', name: 'California' },
      latitude: 0,
      longitude: 0,
      timezone: 'UTC',
    })
  })

  it('case 14: a country of the developer’s choice', async () => {
    await using server = await startServer({
      mode: 'dev',
      functions: FUNCTIONS,
      geo: () => formatPlace(mockCountry('NO')),
    })
    const { city, country } = JSON.parse((await server.ask('geo')).body)
    expect([city, country]).toEqual(['Mock City', { code: 'NO', name: 'Mock Country' }])
  })

  it('production knows nothing without a database, and believes no client', async () => {
    await using server = await startServer({ functions: FUNCTIONS })
    const forged = Buffer.from('{"city":"Forged"}').toString('base64')
    expect((await server.ask('geo', { headers: { 'x-nf-geo': forged } })).body).toBe('{}')
  })

  it('case 61: is looked up by the address behind the trusted proxies', async () => {
    const asked: string[] = []
    await using server = await startServer({
      functions: FUNCTIONS,
      trustedHops: 1,
      geo(ip) {
        asked.push(ip)
        return Buffer.from('{"city":"Tromsø","postal_code":"9008"}').toString('base64')
      },
    })
    const { body } = await server.ask('geo', { headers: { 'x-forwarded-for': '6.6.6.6, 81.2.69.160' } })
    expect(JSON.parse(body)).toEqual({ city: 'Tromsø', postalCode: '9008' })
    expect(asked).toEqual(['81.2.69.160'])
  })

  it('case 13: the address of a client on this machine', async () => {
    await using server = await startServer({ functions: FUNCTIONS })
    const { body } = await server.ask('ip', {
      headers: { 'x-forwarded-for': '6.6.6.6', 'client-ip': '6.6.6.6' },
    })
    expect(JSON.parse(body)).toEqual(['127.0.0.1', '127.0.0.1'])
  })
})

describe('who the client is (runtime.md §10.4)', () => {
  let server: RunningServer
  beforeAll(async () => {
    const verify = await createTokenVerifier({ secret: SECRET, log: createListLog([]) })
    server = await startServer({
      functions: FUNCTIONS,
      identity: createIdentity({ verify, url: () => 'https://site/.netlify/identity' }),
    })
  })
  afterAll(() => server.stop())

  const identityOf = async (name: string, authorization?: string) =>
    JSON.parse(
      (await server.ask(name, authorization === undefined ? {} : { headers: { authorization } })).body,
    )

  it('case 117: a Lambda function finds identity, user and custom', async () => {
    const token = await sign(SECRET)
    const [clientContext, identity] = await identityOf('v1', `Bearer ${token}`)
    expect(identity).toBeNull()
    expect(clientContext).toEqual({
      identity: { url: 'https://site/.netlify/identity', token },
      user: { sub: 'u1', email: 'ada@example.com' },
      custom: { netlify: expect.any(String) },
    })
    expect(JSON.parse(Buffer.from(clientContext.custom.netlify, 'base64').toString())).toEqual({
      site_url: server.url,
      identity: { url: 'https://site/.netlify/identity', token },
      user: { sub: 'u1', email: 'ada@example.com' },
    })
  })

  it('case 117, development: without a secret there is a token, and nobody it names', async () => {
    await using local = await startServer({ mode: 'dev', functions: FUNCTIONS })
    const token = await sign('whatever secret somebody else has')
    const { body } = await local.ask('v1', { headers: { authorization: `Bearer ${token}` } })
    const [clientContext] = JSON.parse(body)
    const identity = {
      url: 'https://netlify-dev-locally-emulated-identity.netlify.app/.netlify/identity',
      token,
    }
    expect(clientContext).toEqual({ identity, custom: { netlify: expect.any(String) } })
    expect(JSON.parse(Buffer.from(clientContext.custom.netlify, 'base64').toString())).toMatchObject({
      identity,
    })
  })

  it('production without a secret has no identity', async () => {
    await using plain = await startServer({ functions: FUNCTIONS })
    const { body } = await plain.ask('v1', { headers: { authorization: `Bearer ${await sign(SECRET)}` } })
    expect(body).toBe('[{},null]')
  })

  it('a web function finds netlifyIdentityContext', async () => {
    const token = await sign(SECRET)
    expect(await identityOf('v2', `Bearer ${token}`)).toEqual({
      url: 'https://site/.netlify/identity',
      token,
      user: { sub: 'u1', email: 'ada@example.com' },
    })
    expect(await identityOf('v2')).toBeNull()
  })

  it('a token that is not trusted fails nothing, and has no user', async () => {
    const token = await sign('the secret of somebody else, as long')
    const [clientContext] = await identityOf('v1', `Bearer ${token}`)
    expect(Object.keys(clientContext)).toEqual(['identity', 'custom'])
    expect(await identityOf('v2', `Bearer ${token}`)).toEqual({
      url: 'https://site/.netlify/identity',
      token,
    })
    expect(await identityOf('v1', 'Bearer of good news')).toEqual([{}, null])
  })

  it('a client cannot say itself who it is', async () => {
    const forged = Buffer.from('{"user":{"sub":"root"}}').toString('base64')
    const { body } = await server.ask('v2', { headers: { 'x-nf-identity-info': forged } })
    expect(body).toBe('null')
  })
})

describe('a client that goes away', () => {
  const functions = {
    'watch.mjs': `export default (request) => {
      request.signal.addEventListener('abort', () => console.log('aborted'))
      setTimeout(() => console.log('went on'), 600)
      return new Response(new ReadableStream({
        start(controller) { controller.enqueue(new TextEncoder().encode('begun')) },
        cancel() { console.log('cancelled') },
      }))
    }`,
    'waiting.mjs': `export default async (request) => {
      console.log('began')
      request.signal.addEventListener('abort', () => console.log('aborted'))
      await new Promise((go) => setTimeout(go, 600))
      console.log('went on')
      return new Response('too late')
    }`,
  }

  const leave = async (server: RunningServer, name: string): Promise<void> => {
    const client = await RawClient.connect(server.url)
    client.sendHead(`GET /.netlify/functions/${name} HTTP/1.1`, 'Host: a')
    if (name === 'watch') await client.peekHead()
    else await server.logged({ event: 'user.log', functionName: name, message: 'began' })
    client.destroy()
    await server.logged({ event: 'user.log', functionName: name, message: 'went on' })
    await server.logged({ event: 'invocation.finish', functionName: name, outcome: 'disconnected' })
  }
  const aborts = (server: RunningServer): number =>
    server.log.filter(({ message }) => message === 'aborted').length

  it('ends nothing: the function goes on, as on Netlify (runtime.md §2.1)', async () => {
    await using server = await startServer({ functions })
    await leave(server, 'watch')
    await leave(server, 'waiting')
    expect(aborts(server)).toBe(0)
  })

  it('aborts request.signal where the operator wants that', async () => {
    await using server = await startServer({ functions, settings: { abortOnDisconnect: true } })
    await leave(server, 'watch')
    await leave(server, 'waiting')
    expect(aborts(server)).toBe(2)
  })

  it('who stays sees no abort', async () => {
    await using server = await startServer({ functions, settings: { abortOnDisconnect: true } })
    const { chunks } = await openStream(server.at('waiting'))
    let body = ''
    for await (const chunk of chunks) body += chunk
    expect([body, aborts(server)]).toEqual(['too late', 0])
  })
})
