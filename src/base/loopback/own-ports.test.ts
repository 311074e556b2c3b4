import { expect, it } from 'vitest'
import { createListLog } from '../../../test/helpers/list-log.ts'
import { monotonicNow } from '../lib/index.ts'
import { createHostMemory } from '../memory/index.ts'
import { DEFAULT_LIMITS } from '../settings/index.ts'
import { isOwnPort, LoopbackServer } from './index.ts'

it('the port of a listener is known for as long as it listens', async () => {
  const memory = createHostMemory(DEFAULT_LIMITS, { clock: monotonicNow, log: createListLog([]) })
  const server = new LoopbackServer({
    handle: () => undefined,
    onError: () => undefined,
    ...{ bodies: memory.loopbackBodies, answers: memory.answers },
    limits: {
      ...{ connections: 1, strangers: 1, ownerConnections: 1, ownerBodyBytes: 0, ownerAnswerBytes: 0 },
      ...{ headBytes: 1024, headTimeoutMs: 1000, bodyTimeoutMs: 1000, minBytesPerSecond: 0 },
      ...{ keepAliveMs: 1000, stallMs: 1000 },
    },
  })
  const port = await server.listen()
  expect([isOwnPort(port), isOwnPort(port + 1)]).toEqual([true, false])
  await server.close()
  expect(isOwnPort(port)).toBe(false)
})
