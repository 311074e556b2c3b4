import { readFileSync } from 'node:fs'
import { openAdmin } from '../../src/api/admin/index.ts'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { createHostMemory } from '../../src/base/memory/index.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/base/settings/index.ts'
import { createMetrics } from '../../src/observe/metrics/index.ts'
import { createListLog } from '../helpers/list-log.ts'
import { startProgram } from '../helpers/program-harness.ts'
import { startServices } from '../helpers/services-harness.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { describeLoopbackEnds, describeLoopbackFuzz, type FuzzedListener } from './loopback-fuzz.ts'

async function openServicesListener(limits: Partial<Limits> = {}): Promise<FuzzedListener> {
  let calls = 0
  const services = await startServices(
    limits,
    (cache) =>
      new Proxy(cache, {
        get(target, name: keyof typeof cache) {
          calls++
          return target[name]
        },
      }),
  )
  return {
    url: services.origin,
    // What is posted says nothing of how long it may be kept, so it is read and not kept.
    letIn: {
      target: '/.netlify/cache/http%3A%2F%2Fa.test%2F',
      lines: `Authorization: Bearer ${services.access.token}\r\n`,
    },
    worked: () => calls,
    [Symbol.asyncDispose]: () => services[Symbol.asyncDispose](),
  }
}

async function openAdminListener(limits: Partial<Limits> = {}): Promise<FuzzedListener> {
  const dataDir = temporaryFolder('admin')
  const all = { ...DEFAULT_LIMITS, ...limits }
  let readings = 0
  const metrics = createMetrics(() => {
    readings += 1 / 7 // asked once for each number
    return { instances: 0, busy: 0, starting: 0, waiting: 0, blanks: 0, connections: 0, lostLogLines: 0 }
  })
  const memory = createHostMemory(all, { clock: monotonicNow, log: createListLog([]) })
  const admin = await openAdmin({
    port: 0,
    dataDir,
    metrics,
    memory,
    limits: all,
    purge: async () => undefined,
    explain: () => undefined,
  })
  const token = readFileSync(admin.tokenFile, 'utf8').trim()
  return {
    url: `http://127.0.0.1:${admin.port}`,
    letIn: { target: '/metrics', lines: `Authorization: Bearer ${token}\r\n` },
    worked: () => readings,
    async [Symbol.asyncDispose]() {
      await admin.close()
    },
  }
}

async function openRuntimeApi(): Promise<FuzzedListener> {
  const program = await startProgram()
  const { port, prefix } = program.api
  return {
    url: `http://127.0.0.1:${port}`,
    letIn: { target: `/${prefix}/2018-06-01/runtime/invocation/none/response`, lines: '' },
    worked: () => program.barePaths.length,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  }
}

describeLoopbackFuzz('the services', openServicesListener)
describeLoopbackFuzz('the admin listener', openAdminListener)
describeLoopbackFuzz('a runtime API', openRuntimeApi)

const SHORT: Partial<Limits> = {
  requestHeadTimeoutMs: 500,
  requestBodyTimeoutMs: 500,
  clientStallMs: 500,
  keepAliveMs: 500,
}
describeLoopbackEnds('the services', () => openServicesListener(SHORT))
describeLoopbackEnds('the admin listener', () => openAdminListener(SHORT))
