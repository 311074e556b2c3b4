import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/helpers/temporary-folder.ts'
import type { LogFields } from '../../base/log/index.ts'
import { createIdentity, createTokenVerifier, type Identity } from './index.ts'

const SECRET = 'a secret of the site, long enough'
const folder = temporaryFolder('identity')
const stops: (() => void)[] = []
afterEach(() => stops.splice(0).forEach((stop) => void stop()))

const log: LogFields[] = []
const record = (fields: LogFields): void => void log.push(fields)
const LOG = { debug: record, info: record, warn: record, error: record, child: () => LOG }
const URL_OF_SITE = 'https://site/.netlify/identity'

const open = async (options: { secret?: string; jwks?: string }): Promise<Identity> =>
  createIdentity({ verify: await createTokenVerifier({ ...options, log: LOG }), url: () => URL_OF_SITE })

const read = (header: string | undefined): { url: string; token: string; user?: unknown } | undefined =>
  header === undefined ? undefined : JSON.parse(Buffer.from(header, 'base64').toString())

const sign = (alg: string, key: Uint8Array | KeyObject, claims = {}, kid?: string): Promise<string> =>
  new SignJWT({ sub: 'u1', email: 'ada@example.com', ...claims })
    .setProtectedHeader({ alg, ...(kid !== undefined && { kid }) })
    .sign(key)

const secretKey = Buffer.from(SECRET)
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keySet = async () => ({
  keys: [
    { ...(await exportJWK(ec.publicKey)), kid: 'ec' },
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa' },
  ],
})
const keyFile = async (): Promise<string> => {
  const path = join(folder, 'keys.json')
  writeFileSync(path, JSON.stringify(await keySet()))
  return path
}

describe('a token that is signed with the secret', () => {
  it('names its user', async () => {
    const token = await sign('HS256', secretKey, { app_metadata: { roles: ['admin'] } })
    const identity = await open({ secret: SECRET })
    expect(read(await identity(`Bearer ${token}`))).toEqual({
      url: URL_OF_SITE,
      token,
      user: { sub: 'u1', email: 'ada@example.com', app_metadata: { roles: ['admin'] } },
    })
    expect(read(await identity(`bearer  ${token} `))).toMatchObject({ token, user: { sub: 'u1' } })
  })

  it.each([
    ['with another secret', () => sign('HS256', Buffer.from('another secret of another site'))],
    ['with another hash', () => sign('HS512', secretKey)],
    ['in the past', () => sign('HS256', secretKey, { exp: Math.floor(Date.now() / 1000) - 60 })],
    ['for the future', () => sign('HS256', secretKey, { nbf: Math.floor(Date.now() / 1000) + 600 })],
    ['by nobody', async () => new UnsecuredJWT({ sub: 'u1' }).encode()],
    ['with a key of which there is no set', () => sign('ES256', ec.privateKey, {}, 'ec')],
    [
      'and changed afterwards',
      async () => {
        const [head, , signature] = (await sign('HS256', secretKey)).split('.')
        return `${head}.${Buffer.from('{"sub":"root"}').toString('base64url')}.${signature}`
      },
    ],
  ])('has no user when it is signed %s', async (_, makeToken) => {
    const token = await makeToken()
    const identity = await open({ secret: SECRET })
    expect(read(await identity(`Bearer ${token}`))).toEqual({ url: URL_OF_SITE, token })
  })
})

it.each([
  'Basic YTpi',
  'Bearer',
  'Bearer opaque',
  'Bearer a.b.c',
  'Bearer a b',
  'Token eyJhbGciOiJub25lIn0.e30.',
])('what is not a JWT is the function’s own business: %s', async (authorization) => {
  const identity = await open({ secret: SECRET })
  expect(await identity(authorization)).toBeUndefined()
})

describe('a key set', () => {
  it.each([
    ['ES256', 'ec', ec.privateKey],
    ['RS256', 'rsa', rsa.privateKey],
  ])('in a file verifies %s', async (alg, kid, key) => {
    const identity = await open({ jwks: await keyFile() })
    expect(read(await identity(`Bearer ${await sign(alg, key, {}, kid)}`))).toMatchObject({
      user: { sub: 'u1' },
    })
  })

  it('never takes a public key for a secret, nor a secret beside it for a key', async () => {
    const identity = await open({ jwks: await keyFile() })
    const pem = Buffer.from(rsa.publicKey.export({ type: 'spki', format: 'pem' }))
    for (const token of [await sign('HS256', pem, {}, 'rsa'), await sign('PS256', rsa.privateKey, {}, 'rsa')])
      expect(read(await identity(`Bearer ${token}`))).toEqual({ url: URL_OF_SITE, token })
  })

  it.each([
    ['is not there', () => join(folder, 'nowhere.json')],
    [
      'is not a key set',
      () => {
        writeFileSync(join(folder, 'none.json'), '{"keys": 1}')
        return join(folder, 'none.json')
      },
    ],
  ])('in a file that %s is an error at start', async (_, path) => {
    await expect(open({ jwks: path() })).rejects.toMatchObject({ code: 'IDENTITY_INVALID' })
  })

  it('behind a URL is fetched with the first token; one that fails is not asked for by every request', async () => {
    let asked = 0
    let isUp = false
    const body = JSON.stringify(await keySet())
    const server = createServer((_, response) => {
      asked++
      response.writeHead(isUp ? 200 : 500, { 'content-type': 'application/json' }).end(isUp ? body : '')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    stops.push(() => server.close())
    const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
    const token = await sign('ES256', ec.privateKey, {}, 'ec')

    const down = await open({ jwks })
    for (let i = 0; i < 3; i++)
      expect(read(await down(`Bearer ${token}`))).toEqual({ url: URL_OF_SITE, token })
    expect(asked).toBe(1)
    expect(log.filter(({ event }) => event === 'identity.keys')).toHaveLength(1)

    isUp = true
    const up = await open({ jwks })
    for (let i = 0; i < 3; i++)
      expect(read(await up(`Bearer ${token}`))).toMatchObject({ user: { sub: 'u1' } })
    expect(asked).toBe(2)
  })
})
