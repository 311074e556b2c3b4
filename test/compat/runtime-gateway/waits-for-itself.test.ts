import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../../helpers/server-harness.ts'
import { waitFor } from '../../helpers/wait.ts'

/** What a function that asks for `/.netlify/functions/NEXT` of its own server says of the answer that it got. */
const REPORT = 'Response.json([answer.status, answer.headers.get("x-roost-error"), await answer.text()])'
const asking = (next: string, answer = REPORT): string => `export default async (request) => {
  const { origin, searchParams } = new URL(request.url)
  const answer = await fetch(${next})
  return ${answer}
}`
const PASS_ON = 'new Response(answer.body, answer)'

const FUNCTIONS = {
  'self.mjs': asking('origin + "/.netlify/functions/self"'),
  'by-url.mjs': asking('new URL("/.netlify/functions/by-url", process.env.URL)'),
  'by-request.mjs': asking(
    'new Request(origin + "/.netlify/functions/by-request", { method: "POST", body: "a" })',
  ),
  'first.mjs': asking('origin + "/.netlify/functions/second"'),
  'second.mjs': asking('origin + "/.netlify/functions/third"', PASS_ON),
  'third.mjs': asking('origin + "/.netlify/functions/first"', PASS_ON),
  'by-http.mjs': `import http from 'node:http'
    export default (request) => new Promise((resolve) => {
      http.get(new URL(request.url).origin + '/.netlify/functions/by-http', (answer) => {
        let body = ''
        answer.on('data', (chunk) => { body += chunk })
        answer.on('end', () => resolve(Response.json([answer.statusCode, answer.headers['x-roost-error'], body])))
      })
    })`,
  'busy.mjs': `export default () => new Promise((resolve) => setTimeout(resolve, 20_000, new Response('late')))`,
  'not-itself.mjs': asking('origin + "/.netlify/functions/busy"'),
  'roomy.mjs': `export default async (request) => {
    const { origin, search } = new URL(request.url)
    if (search !== '') return new Response('inner')
    return new Response('outer of ' + (await (await fetch(origin + '/.netlify/functions/roomy?inner')).text()))
  }`,
  'headers.mjs': 'export default (request) => Response.json([...request.headers.keys()])',
  'asks-for-headers.mjs': asking('origin + "/.netlify/functions/headers"', PASS_ON),
}

describe('a function that waits for itself is told so', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({
      functions: FUNCTIONS,
      limits: { instancesPerFunction: 1, waitingLineMs: 1500 },
      project: { 'netlify.toml': '[functions.roomy]\nconcurrency = 2\n' },
    })
  })
  afterAll(() => server.stop())

  const seenBy = async (name: string): Promise<[status: number, code: string, body: string]> =>
    JSON.parse((await server.ask(name)).body)

  it.each(['self', 'by-url', 'by-request'])('%s: certain, by fetch', async (name) => {
    const [status, code, body] = await seenBy(name)
    expect([status, code]).toEqual([503, 'FUNCTION_WAITS_FOR_ITSELF'])
    expect(body).toContain(`The function "${name}" waits for itself (${name} → ${name})`)
    expect(body).toMatch(/Raise `concurrency` .* or call its code directly/)
    expect(await server.logged({ code: 'FUNCTION_WAITS_FOR_ITSELF', functionName: name })).toBeDefined()
  })

  it('a ring of three is named whole', async () => {
    const [status, , body] = await seenBy('first')
    expect(status).toBe(503)
    await server.logged({ code: 'FUNCTION_WAITS_FOR_ITSELF', functionName: 'first' })
    expect(body).toContain('waits for itself (first → second → third → first)')
  })

  it('by node:http: possible, since nothing has moved and the caller is on this machine', async () => {
    const [status, code, body] = await seenBy('by-http')
    expect([status, code]).toEqual([503, 'POOL_SATURATED'])
    expect(body).toMatch(
      /The function is busy: no instance was free within 1500 ms, and none of its invocations has ended/,
    )
    expect(body).toContain(
      'if "by-http", or a function that it calls, made the request, "by-http" waits for itself',
    )
  })

  it('a busy function that another one asks for does not wait for itself', async () => {
    const blocked = server.ask('busy')
    blocked.catch(() => undefined) // it ends with the server
    await waitFor('the function to be busy', () => server.stats().busy > 0)
    const [status, code, body] = await seenBy('not-itself')
    expect([status, code]).toEqual([503, 'POOL_SATURATED'])
    expect(body).not.toContain('busy → busy')
  })

  it('concurrency is a way out', async () => {
    expect(await server.ask('roomy')).toMatchObject({ status: 200, body: 'outer of inner' })
  })

  it('nobody can claim to be a call that does not run, and no function sees the header', async () => {
    const headers = { 'x-roost-caller': '01JDABCDEFGHJKMNPQRSTVWXYZ' }
    const { body } = await server.ask('headers', { headers })
    expect(JSON.parse(body)).not.toContain('x-roost-caller')
    expect(JSON.parse((await server.ask('asks-for-headers')).body)).not.toContain('x-roost-caller')
  })
})
