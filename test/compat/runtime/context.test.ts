import { expect, it } from 'vitest'
import { type CallOptions, type StartOptions, startFunction } from '../../helpers/runtime-harness.ts'

/** What an expression over `request` and `context` gives inside a handler. */
async function evaluate(
  expression: string,
  path = '/',
  call: CallOptions = {},
  options: StartOptions = {},
): Promise<unknown> {
  await using runtime = await startFunction(
    `export default async (request, context) => Response.json(await (${expression}) ?? null)`,
    options,
  )
  return JSON.parse((await runtime.fetch(path, call)).body)
}

it('has its members in the order of Netlify, all enumerable', async () => {
  const names =
    'account cookies deploy flags path geo ip json log next params requestId rewrite server site url waitUntil'
  expect(await evaluate('Object.keys(context)')).toEqual(names.split(' '))
})

it('as JSON has its data and no functions', async () => {
  const context = (await evaluate(
    'context',
    '/a?b',
    { route: 0 },
    { assignment: { routes: ['/a'] } },
  )) as object
  expect(Object.keys(context)).toEqual(
    'account cookies deploy flags path geo ip params requestId server site url'.split(' '),
  )
  expect(context).toMatchObject({ cookies: {}, flags: {}, url: 'https://example.test/a?b' })
})

it('case 7, 10, 13: log, requestId and ip', async () => {
  await using runtime = await startFunction(`
    export default (request, context) => {
      context.log('🪵🪵🪵')
      return Response.json([context.log === console.log, context.requestId, context.ip])
    }`)
  const call = runtime.call('/', {
    headers: { 'x-nf-request-id': '01H', 'x-nf-client-connection-ip': '::1' },
  })
  expect(JSON.parse((await call.reply).body)).toEqual([true, '01H', '::1'])
  await runtime.stdout.waitFor(/🪵/)
  expect(runtime.logs).toEqual([{ id: call.id, level: 'info', text: '🪵🪵🪵' }])
})

it('cases 11, 12: site and server come from the environment', async () => {
  const env = { URL: 'https://example.test', SITE_ID: 'id', SITE_NAME: 'name', AWS_REGION: 'dev' }
  expect(await evaluate('[context.site, context.server]', '/', {}, { env })).toEqual([
    { id: 'id', name: 'name', url: 'https://example.test' },
    { region: 'dev' },
  ])
})

it('case 20: a site without URL has only the rest', async () => {
  const env = { SITE_ID: 'id', SITE_NAME: 'name' }
  expect(await evaluate('context.site', '/', {}, { env })).toEqual({ id: 'id', name: 'name' })
})

it('cases 16, 17: account and deploy come from the headers of the deploy', async () => {
  const constantHeaders: [string, string][] = [
    ['x-nf-account-id', 'account'],
    ['x-nf-deploy-id', '0'],
    ['x-nf-deploy-context', 'dev'],
    ['x-nf-branch', 'main'],
  ]
  const extras = { skewProtectionToken: 'skew' }
  expect(
    await evaluate('[context.account, context.deploy]', '/', {}, { assignment: { constantHeaders, extras } }),
  ).toEqual([
    { id: 'account' },
    { id: '0', context: 'dev', branch: 'main', published: false, skewProtectionToken: 'skew' },
  ])
})

it('a published deploy says so; what is missing is empty', async () => {
  const constantHeaders: [string, string][] = [['x-nf-deploy-published', '1']]
  expect(
    await evaluate('[context.account, context.deploy]', '/', {}, { assignment: { constantHeaders } }),
  ).toEqual([{ id: '' }, { id: '', context: '', branch: '', published: true }])
})

it('the headers of the deploy are part of the request', async () => {
  const constantHeaders: [string, string][] = [['x-nf-site-id', 'site']]
  const expression = "[request.headers.get('x-nf-site-id'), request.headers.get('x-own')]"
  expect(
    await evaluate(expression, '/', { headers: { 'x-own': 'own' } }, { assignment: { constantHeaders } }),
  ).toEqual(['site', 'own'])
})

it('case 19: params, path and url of a matched route', async () => {
  const call = { route: 1, params: '{"0":"two/three","a":"one"}' }
  const assignment = { routes: ['/other', '/hello/:a/*'] }
  expect(
    await evaluate('[context.params, context.path, context.url]', '/hello/one/two/three', call, {
      assignment,
    }),
  ).toEqual([{ 0: 'two/three', a: 'one' }, '/hello/:a/*', 'https://example.test/hello/one/two/three'])
})

it('on the default URL there is no path and there are no params', async () => {
  expect(await evaluate('[context.path === undefined, context.params, context.url instanceof URL]')).toEqual([
    true,
    {},
    true,
  ])
})

it('case 59: params are never decoded', async () => {
  const call = { route: 0, params: '{"id":"a%20b"}' }
  expect(await evaluate('context.params.id', '/p/a%20b', call, { assignment: { routes: ['/p/:id'] } })).toBe(
    'a%20b',
  )
})

function geoHeader(value: unknown): CallOptions {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return { headers: { 'x-nf-geo': Buffer.from(text).toString('base64') } }
}

it('case 61: postal_code becomes postalCode, the rest of geo passes', async () => {
  const call = geoHeader({ city: 'Zürich', country: { code: 'CH' }, postal_code: '8000', latitude: 47.4 })
  expect(await evaluate('context.geo', '/', call)).toEqual({
    city: 'Zürich',
    country: { code: 'CH' },
    postalCode: '8000',
    latitude: 47.4,
  })
})

it.each([['not JSON'], ['[1]'], ['null']])('case 62: geo that is %s is an empty record', async (text) => {
  expect(await evaluate('context.geo', '/', geoHeader(text))).toEqual({})
})

it('without a header geo is an empty record', async () => {
  expect(await evaluate('context.geo')).toEqual({})
})

it('case 50: next() throws', async () => {
  await using runtime = await startFunction('export default (request, context) => context.next()')
  expect(await runtime.call().failure).toMatchObject({
    errorType: 'Error',
    errorMessage: '`context.next` is not implemented for serverless functions',
  })
})

it('json(value) is Response.json(value), without further arguments', async () => {
  await using runtime = await startFunction(
    'export default (request, { json }) => json({ a: 1 }, { status: 404 })',
  )
  expect(await runtime.fetch()).toMatchObject({
    status: 200,
    body: '{"a":1}',
    headers: [['content-type', 'application/json']],
  })
})

it('flags have no values', async () => {
  expect(await evaluate("[context.flags.get('any') === undefined]")).toEqual([true])
})

it('rewrite fetches another path of the site, the query kept, and nothing of the request', async () => {
  await using runtime = await startFunction(`
    import { createServer } from 'node:http'
    const server = createServer((request, response) => {
      response.end([request.method, request.url, request.headers['x-own']].join(' '))
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    server.unref()
    const origin = 'http://127.0.0.1:' + server.address().port
    export default async (request, context) => {
      const absolute = await (await context.rewrite(new URL(origin + '/absolute'))).text()
      globalThis.fetch = async (url) => new Response(String(url))
      const relative = await (await context.rewrite('/x y')).text()
      return Response.json([absolute, relative])
    }`)
  const { body } = await runtime.fetch('/from?q=1', {
    method: 'POST',
    body: 'b',
    headers: { 'x-own': 'own' },
  })
  expect(JSON.parse(body)).toEqual(['GET /absolute ', 'https://example.test/x%20y?q=1'])
})

it('case 35: Netlify.context is the context in the handler and in a timer it started', async () => {
  const inTimer = 'new Promise((resolve) => setTimeout(() => resolve(Netlify.context === context), 1))'
  expect(await evaluate(`Promise.all([Netlify.context === context, ${inTimer}])`)).toEqual([true, true])
})

const GET_CONTEXT = `
  const store = globalThis[Symbol.for('@netlify/functions/request-context-store')]
  const getContext = () => store.getStore()?.context`

it('case 36: outside a request there is no context', async () => {
  await using runtime = await startFunction(`
    ${GET_CONTEXT}
    const atTop = getContext() === undefined
    export default () => Response.json(atTop)`)
  expect((await runtime.fetch()).body).toBe('true')
})

it('case 37: getContext from an async child is the argument of the handler', async () => {
  await using runtime = await startFunction(`
    ${GET_CONTEXT}
    const child = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      return getContext()
    }
    export default async (request, context) => Response.json(context === (await child()))`)
  expect((await runtime.fetch()).body).toBe('true')
})

it('two requests at once each have their own context', async () => {
  await using runtime = await startFunction(
    `
    export default async (request, context) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return Response.json([Netlify.context === context, context.requestId])
    }`,
    { assignment: { concurrency: 2 } },
  )
  const replies = await Promise.all(
    ['a', 'b'].map((id) => runtime.fetch('/', { headers: { 'x-nf-request-id': id } })),
  )
  expect(replies.map(({ body }) => body)).toEqual(['[true,"a"]', '[true,"b"]'])
})

it('cases 39, 40: Netlify.env is the environment of the process', async () => {
  await using runtime = await startFunction(
    `
    const { env } = Netlify
    export default () => {
      env.set('EMPTY', '')
      env.set('NEW', '1')
      env.delete('OLD')
      return Response.json([
        env.has('EMPTY'), env.get('EMPTY'), process.env.NEW, env.has('NEW'), 'OLD' in process.env,
        env.get('MISSING') === undefined, env.toObject(), env.toObject() !== process.env,
      ])
    }`,
    { env: { OLD: 'x' } },
  )
  expect(JSON.parse((await runtime.fetch()).body)).toEqual([
    false,
    '',
    '1',
    true,
    false,
    true,
    { EMPTY: '', NEW: '1' },
    true,
  ])
})

it('the Netlify global has nothing else', async () => {
  expect(await evaluate('Object.keys(Netlify)')).toEqual(['context', 'env'])
})

it('netlifyIdentityContext is what the gateway has verified', async () => {
  const info = { url: 'https://id', token: 't', user: { sub: '1' } }
  const header = Buffer.from(JSON.stringify(info)).toString('base64')
  const call = { headers: { 'x-nf-identity-info': header } }
  const expression = "[netlifyIdentityContext, Object.keys(globalThis).includes('netlifyIdentityContext')]"
  expect(await evaluate(expression, '/', call)).toEqual([info, false])
  expect(await evaluate('[netlifyIdentityContext]')).toEqual([null])
})

it('identity data that cannot be read is said and is null', async () => {
  await using runtime = await startFunction('export default () => Response.json([netlifyIdentityContext])')
  const reply = await runtime.fetch('/', { headers: { 'x-nf-identity-info': 'e30' } })
  expect(reply.body).toBe('[{}]')
  const broken = await runtime.fetch('/', { headers: { 'x-nf-identity-info': '!!' } })
  expect(broken.body).toBe('[null]')
  expect(await runtime.stderr.waitFor(/Failed to decode/)).toContain(
    'Failed to decode identity data from X-Nf-Identity-Info header',
  )
})
