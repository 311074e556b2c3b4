import { symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { type StartOptions, startFunction } from '../../helpers/runtime-harness.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** What `roost-functions` exports, as one file. */
const OURS = buildSync({
  entryPoints: [join(ROOT, 'src/exports/index.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  write: false,
}).outputFiles[0]!.text

async function startWithPackages(source: string, options: StartOptions = {}) {
  const runtime = await startFunction(source, { ...options, files: { 'roost-functions.mjs': OURS } })
  symlinkSync(join(ROOT, 'node_modules'), join(runtime.folder, 'node_modules'))
  return runtime
}

const lambda: StartOptions = { assignment: { format: 'lambda', concurrency: 2 } }

/** The same helpers from Netlify's package, as described by the contract and as newest, and from ours. */
describe.each([
  ['@netlify/functions 5', '@netlify/functions'],
  ['@netlify/functions 6', 'netlify-functions-6'],
  ['roost-functions', './roost-functions.mjs'],
])('%s', (_name, specifier) => {
  it('cases 36, 37: getContext', async () => {
    await using runtime = await startWithPackages(`
      import { getContext } from '${specifier}'
      let outside
      try { getContext() } catch (error) { outside = error.message }
      const child = async () => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        return getContext()
      }
      export default async (request, context) => Response.json([(await child()) === context, outside])`)
    expect(JSON.parse((await runtime.fetch()).body)).toEqual([true, expect.stringContaining('getContext()')])
  })

  it('case 110: stream', async () => {
    await using runtime = await startWithPackages(
      `
      import { stream } from '${specifier}'
      let next
      export const handler = stream(async (event) => {
        if (event.path === '/text') return { statusCode: 200, body: 'text' }
        if (event.path === '/nothing') return { statusCode: 204 }
        if (event.path === '/next') {
          next()
          return { statusCode: 200, body: 'next' }
        }
        const body = new ReadableStream({
          async start(controller) {
            for (const chunk of ['one', 'two', 'three']) {
              controller.enqueue(new TextEncoder().encode(chunk))
              await new Promise((resolve) => { next = resolve })
            }
            controller.close()
          },
        })
        return { statusCode: 201, headers: { 'x-custom-header-1': 'value 1' }, body }
      })`,
      lambda,
    )
    expect(await runtime.fetch('/text')).toMatchObject({ status: 200, body: 'text' })
    expect(await runtime.fetch('/nothing')).toMatchObject({ status: 204, body: '' })
    const call = runtime.call()
    expect(await call.head.promise).toMatchObject({ status: 201, headers: ['x-custom-header-1', 'value 1'] })
    for (let i = 1; i <= 3; i++) {
      await call.waitUntil(() => call.chunks.length === i)
      await runtime.fetch('/next')
    }
    await call.settled
    expect(call.chunks.map(String)).toEqual(['one', 'two', 'three'])
  })

  it('cases 121–124: builder', async () => {
    await using runtime = await startWithPackages(
      `
      import { builder } from '${specifier}'
      const answer = ({ path, headers, queryStringParameters, multiValueQueryStringParameters }) => ({
        statusCode: path === '/404' ? 404 : 200,
        ttl: headers['x-ttl'] ? 3600 : undefined,
        body: JSON.stringify([queryStringParameters, multiValueQueryStringParameters]),
      })
      const withPromise = builder(async (event) => answer(event))
      const withCallback = builder((event, context, callback) => { callback(null, answer(event)) })
      export const handler = (event, context, callback) =>
        (event.path === '/callback' ? withCallback : withPromise)(event, context, callback)`,
      lambda,
    )
    expect(await runtime.fetch('/200', { method: 'POST' })).toMatchObject({
      status: 405,
      body: 'Method Not Allowed',
      headers: [],
    })
    expect(await runtime.fetch('/200?a=1', { headers: { 'x-ttl': 'yes' } })).toMatchObject({
      status: 200,
      headers: [['x-roost-builder', '3600']],
      body: '[{},{}]',
    })
    expect(await runtime.fetch('/404')).toMatchObject({ status: 404, headers: [['x-roost-builder', '0']] })
    expect(await runtime.fetch('/callback')).toMatchObject({ headers: [['x-roost-builder', '0']] })
  })

  it('schedule is its handler', async () => {
    await using runtime = await startWithPackages(
      `
      import { schedule } from '${specifier}'
      export const handler = schedule('@hourly', async (event) => ({ statusCode: 200, body: event.body }))`,
      lambda,
    )
    const reply = await runtime.fetch('/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"next_run":""}',
    })
    expect(reply.body).toBe('{"next_run":""}')
  })

  it('case 160: purgeCache asks the API, and throws when it refuses', async () => {
    const seen: unknown[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        seen.push([request.method, request.url, request.headers.authorization, JSON.parse(body)])
        response.writeHead(seen.length === 1 ? 202 : 500).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const apiURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using runtime = await startWithPackages(
      `
      import { purgeCache } from '${specifier}'
      const purge = () => purgeCache({ apiURL: '${apiURL}', tags: ['a'] }).then(String, (error) => error.message)
      export default async () => Response.json([await purge(), await purge()])`,
      { env: { SITE_ID: 'site' }, assignment: { extras: { purgeAPIToken: 'purge' } } },
    )
    expect(JSON.parse((await runtime.fetch()).body)).toEqual(['undefined', expect.stringContaining('500')])
    expect(seen[0]).toEqual(['POST', '/api/v1/purge', 'Bearer purge', { cache_tags: ['a'], site_id: 'site' }])
    server.closeAllConnections()
    server.close()
  })

  it('case 161: purgeCache without a token does nothing in development, and throws elsewhere', async () => {
    const source = `
      import { purgeCache } from '${specifier}'
      const purge = () => purgeCache({ tags: ['a'] }).then(String, (error) => error.message)
      export default async () => new Response(await purge())`
    await using local = await startWithPackages(source, { env: { NETLIFY_LOCAL: 'true', SITE_ID: 'site' } })
    expect((await local.fetch()).body).toBe('undefined')
    await local.stdout.waitFor(/Skipping purgeCache for tags a in local development\./)
    await using elsewhere = await startWithPackages(source, { env: { SITE_ID: 'site' } })
    expect((await elsewhere.fetch()).body).toMatch(/token/)
  })
})

it('Netlify of roost-functions is the global', async () => {
  await using runtime = await startWithPackages(
    `
    import { Netlify as ours } from './roost-functions.mjs'
    export default (request, context) => Response.json([ours.context === context, ours.env.get('A')])`,
    { env: { A: '1' } },
  )
  expect((await runtime.fetch()).body).toBe('[true,"1"]')
})

describe('@netlify/aws-lambda-compat', () => {
  const start = (handler: string) =>
    startWithPackages(`
      import { withLambda } from '@netlify/aws-lambda-compat'
      export default withLambda(${handler})`)

  it('case 125: a 204 without body', async () => {
    await using runtime = await start('async () => ({ statusCode: 204 })')
    expect(await runtime.fetch()).toMatchObject({ status: 204, body: '' })
  })

  it('case 126: a binary POST is base64', async () => {
    await using runtime = await start(`async (event, context) => ({
      statusCode: 200,
      headers: { 'x-id': context.awsRequestId },
      multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'] },
      body: JSON.stringify([event.body, event.isBase64Encoded, event.httpMethod, event.rawQuery]),
    })`)
    const reply = await runtime.fetch('/?a=1', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'x-nf-request-id': '01H' },
      body: Uint8Array.of(255, 0, 254),
    })
    expect(JSON.parse(reply.body)).toEqual(['/wD+', true, 'POST', 'a=1'])
    expect(reply.headers).toContainEqual(['x-id', '01H'])
    expect(reply.headers.filter(([name]) => name === 'set-cookie')).toHaveLength(2)
  })

  it('a base64 result is decoded', async () => {
    await using runtime = await start(
      "async () => ({ statusCode: 200, isBase64Encoded: true, body: '/wD+' })",
    )
    expect([...(await runtime.fetch()).bytes]).toEqual([255, 0, 254])
  })
})
