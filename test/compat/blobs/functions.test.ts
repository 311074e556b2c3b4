// Blobs, cache and purges as functions see them, through `roost serve`.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { purgeCache } from '@netlify/functions'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import { type Roost, startRoost } from '../../helpers/roost.ts'
import { startFunction } from '../../helpers/runtime-harness.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'
import { waitFor } from '../../helpers/wait.ts'

let roost: Roost
let data: string
const serve = (): Promise<Roost> =>
  startRoost(['serve', 'test/fixtures/blobs', '--port', '0', '--data', data])

beforeAll(async () => {
  data = temporaryFolder('data')
  roost = await serve()
})
afterAll(async () => {
  await roost.stop()
})

async function call(path: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(`${roost.url}/.netlify/functions/${path}`, init)
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}\n${roost.stderr.text}`)
  return JSON.parse(text)
}

it('case 38: NETLIFY_BLOBS_CONTEXT is set before the module is loaded', async () => {
  expect(await call('early')).toMatchObject({
    context: {
      edgeURL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      uncachedEdgeURL: expect.stringMatching(/^http:/),
      token: expect.stringMatching(/^[\w-]{32}$/),
      siteID: expect.any(String),
      deployID: expect.stringMatching(/^\w{24}$/),
      primaryRegion: 'us-east-2',
    },
  })
})

it('case 163: the purge token and the context come from what the instance was given', async () => {
  expect(await call('early')).toMatchObject({ hasPurgeToken: true, siteName: 'blobs' })
})

it('keeps blobs over a restart of the server', async () => {
  const put = await call('web?deploy', { method: 'PUT', body: 'kept' })
  const expected = {
    own: { data: 'kept', etag: expect.any(String), metadata: { from: 'web' } },
    deploy: 'of the deploy',
    stores: ['fixture'],
  }
  expect(put).toEqual(expected)
  await roost.stop()
  roost = await serve()
  expect(await call('web')).toEqual(expected)
})

it('case 159: connectLambda finds its access in the event', async () => {
  expect(await call('lambda')).toEqual({
    context: {
      edgeURL: expect.stringMatching(/^http:/),
      token: expect.any(String),
      siteID: expect.any(String),
      deployID: expect.stringMatching(/^\w{24}$/),
    },
    read: 'from lambda',
  })
})

it('a function without a network has no Blobs', async () => {
  // Only bubblewrap can cut the network; without it such a function is refused as a whole.
  if (roost.stderr.text.includes('Sandbox: bubblewrap'))
    expect(await call('cut-off')).toEqual({ context: null })
  else await expect(call('cut-off')).rejects.toThrow('500')
})

it("access ends with the instance's process", async () => {
  const response = await fetch(`${roost.url}/.netlify/functions/leak`)
  const text = Buffer.from(await response.text(), 'base64').toString()
  const { edgeURL, siteID, token } = JSON.parse(text) as Record<string, string>
  const use = async (): Promise<number> =>
    (await ask(`${edgeURL}/${siteID}/site:x/a`, { headers: { authorization: `Bearer ${token}` } })).status
  expect(await use()).toBe(404)
  await fetch(`${roost.url}/.netlify/functions/leak?exit`)
  // The end of the access ends the connections that it has at that moment.
  await waitFor('the access to end', async () => (await use().catch(() => 'ended')) === 403)
})

describe('caches', () => {
  it('keep an answer between invocations, until it is deleted or purged by tag', async () => {
    expect(await call('cache')).toEqual({ text: null, type: null })
    const kept = { text: 'kept', type: 'text/plain;charset=UTF-8' }
    expect(await call('cache?do=put')).toEqual(kept)
    expect(await call('cache')).toEqual(kept)
    expect(await call('cache?do=delete')).toMatchObject({ text: null })
    await call('cache?do=put')
    expect(await call('cache?do=purge&tag=green')).toEqual(kept)
    expect(await call('cache?do=purge&tag=blue')).toMatchObject({ text: null })
    await call('cache?do=put')
    expect(await call('cache?do=purge-all')).toMatchObject({ text: null })
  })

  it('take twenty writes in one invocation, and say so when there are more', async () => {
    expect(await call('cache?do=many')).toEqual(['19', null])
    await roost.stderr.waitFor(/more than 20 writes in one invocation/)
  })

  it('refuse what can never be kept', async () => {
    expect(await call('cache?do=refused')).toEqual(Array.from({ length: 5 }, () => 'TypeError'))
  })

  it('case 162: without access put, match and delete do nothing', async () => {
    await using runtime = await startFunction(`export default async () => {
      const cache = await caches.open('x')
      await cache.put('https://x.test/', new Response('a', { headers: { 'cache-control': 'max-age=60' } }))
      return Response.json([(await cache.match('https://x.test/')) ?? null, await cache.delete('https://x.test/')])
    }`)
    expect((await runtime.fetch()).body).toBe('[null,true]')
  })

  it('that do not answer cost the function its speed, not its answer', async () => {
    const extras = { pcURL: 'http://127.0.0.1:1', pcToken: 't' }
    const source = `export default async () => {
      const cache = await caches.open('x')
      return Response.json((await cache.match('https://x.test/')) ?? null)
    }`
    await using runtime = await startFunction(source, { assignment: { extras } })
    expect((await runtime.fetch()).body).toBe('null')
    expect(runtime.logs.map(({ text }) => text).join('\n')).toContain('did not respond')
  })
})

describe('purgeCache', () => {
  const answering = async (status: number) => {
    const requests: { url: string | undefined; authorization: string | undefined }[] = []
    const server = createServer((request, response) => {
      requests.push({ url: request.url, authorization: request.headers.authorization })
      response.writeHead(status).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const apiURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { apiURL, requests, [Symbol.asyncDispose]: async () => void server.close() }
  }

  it('case 160: resolves for 202 and throws for 500, and follows apiURL', async () => {
    await using ok = await answering(202)
    expect(await purgeCache({ apiURL: ok.apiURL, token: 't', siteID: 's' })).toBeUndefined()
    expect(ok.requests).toEqual([{ url: '/api/v1/purge', authorization: 'Bearer t' }])
    await using bad = await answering(500)
    await expect(purgeCache({ apiURL: bad.apiURL, token: 't', siteID: 's' })).rejects.toThrow('500')
  })

  it('case 161: in development without a token nothing is asked of anybody', async () => {
    await using api = await answering(202)
    const source = `import { purgeCache } from '@netlify/functions'
      export default async () => { await purgeCache({ tags: ['a'], apiURL: process.env.API }); return new Response('done') }`
    await using runtime = await startFunction(
      source.replace('@netlify/functions', import.meta.resolve('@netlify/functions')),
      {
        assignment: { env: { NETLIFY_LOCAL: 'true', API: api.apiURL }, mode: 'dev' },
      },
    )
    expect((await runtime.fetch()).body).toBe('done')
    expect(runtime.logs.map(({ text }) => text).join('\n')).toContain('Skipping purgeCache')
    expect(api.requests).toEqual([])
  })

  it('with a token of Netlify goes to Netlify, with ours to us', async () => {
    await using api = await answering(202)
    const extras = { pcURL: api.apiURL, pcToken: 'ours', purgeAPIToken: 'ours' }
    const source = `export default async () => {
      const purge = (token) => fetch('https://api.netlify.com/api/v1/purge', {
        method: 'POST', headers: { authorization: 'Bearer ' + token }, signal: AbortSignal.timeout(1),
      }).then(({ status }) => status, () => 'elsewhere')
      const ours = await fetch('https://api.netlify.com/api/v1/purge', { method: 'POST', headers: { authorization: 'Bearer ours' } })
      return Response.json([ours.status, await purge('of Netlify')])
    }`
    await using runtime = await startFunction(source, { assignment: { extras } })
    expect((await runtime.fetch()).body).toBe('[202,"elsewhere"]')
    expect(api.requests).toEqual([{ url: '/api/v1/purge', authorization: 'Bearer ours' }])
  })
})
