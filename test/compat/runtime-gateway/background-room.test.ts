import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../../helpers/server-harness.ts'
import { waitFor } from '../../helpers/wait.ts'

const KIB = 1024

let server: RunningServer
beforeAll(async () => {
  server = await startServer({
    functions: {
      'work-background.mjs': `const gate = Promise.withResolvers()
        export default async (request) => {
          if (await request.text() === 'open') gate.resolve()
          await gate.promise
        }`,
    },
    limits: { backgroundBytes: 300 * KIB, instancesPerFunction: 1, concurrency: 2 },
  })
})
afterAll(() => server.stop())

const post = (body: string | Buffer = Buffer.alloc(200 * KIB)) =>
  server.ask('work-background', { method: 'POST', body })

it('runs are accepted while there is room for their requests, and again once there is', async () => {
  expect((await post()).status).toBe(202)
  expect(await post()).toMatchObject({
    status: 503,
    body: 'Too many background runs are waiting or running.',
    headers: { 'x-roost-error': 'HOST_BUSY', 'retry-after': expect.stringMatching(/^\d+$/) },
  })
  expect((await post('open')).status).toBe(202)
  await server.logged({ event: 'job.succeeded' })
  await waitFor('room', async () => (await post()).status === 202 || undefined)
})
