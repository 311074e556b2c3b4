import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../../helpers/server-harness.ts'

const working = (more: string): string => `export default (request, { waitUntil }) => {
  waitUntil(new Promise((go) => setTimeout(go, 30_000)))
  ${more}
  return new Response('answered')
}`

describe('what goes wrong after the answer is in the log, with its request (runtime.md §6)', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({
      functions: {
        'endless.mjs': working(''),
        'throws.mjs': working(`setTimeout(() => { throw new Error('thrown behind the answer') }, 50)`),
        'rejects.mjs': working(
          `setTimeout(() => Promise.reject(new Error('rejected behind the answer')), 50)`,
        ),
        'exits.mjs': working('setTimeout(() => process.exit(4), 50)'),
        'failing-background.mjs': `export default async () => { throw new RangeError('in the background') }`,
      },
      limits: { streamTimeoutMs: 1000 },
    })
  })
  afterAll(() => server.stop())

  const call = async (name: string): Promise<unknown> => {
    const { status, body, headers } = await server.ask(name)
    expect([status, body]).toEqual([200, 'answered'])
    return headers['x-nf-request-id']
  }

  it('work that is cut off by the time limit', async () => {
    const requestId = await call('endless')
    const line = await server.logged({ event: 'user.log', requestId, level: 'error' })
    expect(line.message).toBe(
      `Work after the response was cut off. RequestId: ${requestId} Error: Task timed out after 1.00 seconds`,
    )
  })

  it.each([
    ['throws', 'Error: thrown behind the answer'],
    ['rejects', 'Error: rejected behind the answer'],
  ])('an error that nobody catches: %s', async (name, text) => {
    const requestId = await call(name)
    const line = await server.logged({ event: 'user.log', requestId, message: new RegExp(text) })
    expect([line.level, String(line.message).split('\n')[0]]).toEqual(['error', text])
    expect(line.message).toContain(`${name}.mjs`)
    await server.logged({ event: 'user.log', requestId, message: /^Work after the response was cut off/ })
  })

  it('the end of the process, with its reason', async () => {
    const requestId = await call('exits')
    await server.logged({ event: 'user.log', requestId, message: /cut off.*exit status 4/ })
  })

  it('an error that nobody catches is not a signal', async () => {
    await call('throws')
    await server.logged({ event: 'instance.exit', reason: 'exited', code: 129 })
    expect(server.log.filter(({ reason }) => reason === 'signal')).toEqual([])
  })

  it('the stack of a background run that fails', async () => {
    const { headers } = await server.ask('failing-background')
    const line = await server.logged({
      event: 'invocation.failed',
      requestId: headers['x-nf-request-id'],
      functionName: 'failing-background',
      code: 'FUNCTION_FAILED',
      errorType: 'RangeError',
    })
    expect(line.trace).toContainEqual(expect.stringContaining('failing-background.mjs'))
  })
})
