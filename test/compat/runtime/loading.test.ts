import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startFunction } from '../../helpers/runtime-harness.ts'

const HELLO = "() => new Response('hello')"

it.each([
  ['an ES module', 'hello.mjs', `export default ${HELLO}`],
  ['case 34: module.exports = fn', 'hello.cjs', `module.exports = ${HELLO}`],
  ['case 34: exports.default = fn', 'hello.cjs', `exports.default = ${HELLO}`],
  [
    'case 34: exports.default = fn with __esModule',
    'hello.cjs',
    `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${HELLO}`,
  ],
  ['case 33: an object with fetch', 'hello.mjs', `export default { fetch: ${HELLO} }`],
  ['a module whose exports hold fetch', 'hello.mjs', `export const fetch = ${HELLO}`],
])('%s is served', async (_name, file, source) => {
  await using runtime = await startFunction(source, { file })
  expect(await runtime.fetch()).toMatchObject({ status: 200, body: 'hello' })
})

it('case 33: fetch is called with a Request and a Context, and this is the object', async () => {
  await using runtime = await startFunction(`
    class Server {
      greeting = 'hi'
      fetch(...values) {
        const [request, context] = values
        return Response.json([values.length, request instanceof Request, typeof context.waitUntil, this.greeting])
      }
    }
    export default new Server()`)
  expect(JSON.parse((await runtime.fetch()).body)).toEqual([2, true, 'function', 'hi'])
})

it.each([
  ['case 31: no default export', 'export const a = 1'],
  ['case 32: a default object without fetch', 'export default { a: 1 }'],
  ['a default text', "export default 'text'"],
])('%s is a TypeError', async (_name, source) => {
  await using runtime = await startFunction(source)
  const failure = await runtime.call().failure
  expect(failure).toMatchObject({ errorType: 'TypeError', phase: 'handler' })
  expect(failure.errorMessage).toContain('is neither a function')
})

it('a module is imported once, at the first call', async () => {
  await using runtime = await startFunction(`
    console.log('imported')
    let calls = 0
    export default () => new Response(String(++calls))`)
  expect(runtime.logs).toEqual([])
  expect((await runtime.fetch()).body).toBe('1')
  // Case 82, its production half: a warm instance keeps its state.
  expect((await runtime.fetch()).body).toBe('2')
  expect(runtime.logs.map(({ text }) => text)).toEqual(['imported'])
})

it('case 35: at module top level there is no request', async () => {
  await using runtime = await startFunction(
    `
    const atTop = [Netlify.context, Netlify.env.get('A')]
    const cacheError = await caches.open('x').catch((error) => error.message)
    export default () => Response.json([...atTop, cacheError])`,
    { env: { A: 'set' } },
  )
  expect(JSON.parse((await runtime.fetch()).body)).toEqual([
    null,
    'set',
    expect.stringContaining('https://ntl.fyi/cache-api-scope'),
  ])
})

it('what a module throws is a failed load, and the next call tries again', async () => {
  await using runtime = await startFunction(`
    const { default: text } = await import('./text.mjs')
    export default () => new Response(text)`)
  const failure = await runtime.call().failure
  expect(failure).toMatchObject({ phase: 'load', errorType: 'Error' })
  expect(failure.errorMessage).toContain('text.mjs')
  writeFileSync(join(runtime.folder, 'text.mjs'), "export default 'found'")
  // Node itself remembers that the module failed: what is promised is an answer, not another outcome.
  const second = runtime.call()
  await second.settled
  expect(second.frames).toHaveLength(1)
})

it('an error of the module itself keeps its name and its line', async () => {
  await using runtime = await startFunction("\nthrow new RangeError('at top')\nexport default () => {}")
  const failure = await runtime.call().failure
  expect(failure).toMatchObject({ phase: 'load', errorType: 'RangeError', errorMessage: 'at top' })
  expect(failure.trace.join('\n')).toMatch(/hello\.mjs:2:7/)
})

it('a syntax error is a failed load', async () => {
  await using runtime = await startFunction('export default (')
  expect(await runtime.call().failure).toMatchObject({ phase: 'load', errorType: 'SyntaxError' })
})

it('a module that waits at top level for nothing is noticed', async () => {
  await using runtime = await startFunction('await new Promise(() => {}); export default () => {}')
  expect(await runtime.call().failure).toMatchObject({ errorType: 'Runtime.NodeJsExit' })
})

it('calls that arrive while the module is imported wait for the same import', async () => {
  await using runtime = await startFunction(
    `
    globalThis.imports = (globalThis.imports ?? 0) + 1
    await new Promise((resolve) => setTimeout(resolve, 50))
    export default () => new Response(String(globalThis.imports))`,
    { assignment: { concurrency: 2 } },
  )
  const replies = await Promise.all([runtime.fetch(), runtime.fetch()])
  expect(replies.map(({ body }) => body)).toEqual(['1', '1'])
})

it('case 38: variables of the platform are there before the module is imported', async () => {
  const blobs = Buffer.from(JSON.stringify({ url: 'http://edge', token: 't', primary_region: 'cmh' }))
  await using runtime = await startFunction(
    `
    const text = process.env.NETLIFY_BLOBS_CONTEXT
    const others = [process.env.NETLIFY_PURGE_API_TOKEN, process.env.NETLIFY_BRANCH]
    export default () => Response.json([JSON.parse(atob(text)), ...others])`,
    {
      assignment: {
        constantHeaders: [
          ['x-nf-site-id', 'site'],
          ['x-nf-deploy-id', 'deploy'],
        ],
        extras: { blobs: blobs.toString('base64'), purgeAPIToken: 'purge', branch: 'main' },
      },
    },
  )
  expect(JSON.parse((await runtime.fetch()).body)).toEqual([
    { edgeURL: 'http://edge', token: 't', siteID: 'site', deployID: 'deploy', primaryRegion: 'cmh' },
    'purge',
    'main',
  ])
})

it('the environment is the assigned one and nothing else, the folder the function’s own', async () => {
  await using runtime = await startFunction(
    'export default () => Response.json([process.env, process.cwd()])',
    { env: { ONLY: 'this' } },
  )
  expect(JSON.parse((await runtime.fetch()).body)).toEqual([{ ONLY: 'this' }, runtime.folder])
})
