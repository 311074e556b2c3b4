import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Artifact, resolveFunction } from '../../src/artifact/manifest/index.ts'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { createHostMemory } from '../../src/base/memory/index.ts'
import { DEFAULT_LIMITS, type Limits, parseSettings } from '../../src/base/settings/index.ts'
import type { CallError, CallHandle, FunctionVersion, Pool } from '../../src/compute/pool/index.ts'
import { openSandbox, type Sandbox, type SandboxSetting } from '../../src/compute/sandbox/index.ts'
import { openCounts } from '../../src/host/counts.ts'
import { toFunctionVersion } from '../../src/host/function-version.ts'
import { openCompute } from '../../src/host/machine.ts'
import { locateRuntimeProgram } from '../../src/host/runtime-program.ts'
import { StopOrder } from '../../src/host/stop-order.ts'
import { createListLog, type LogLine } from './list-log.ts'
import { sampleFunction } from './sample-function.ts'

const DEPLOY = {
  id: 'd1',
  siteId: 'site-id',
  siteName: 'site-name',
  mode: 'production',
  context: 'production',
  isPublished: true,
  url: 'http://localhost',
} as const

export interface CallOptions {
  method?: string
  path?: string
  /** Beside `host` and the request's ID, each line with its end. */
  headers?: string
  body?: Buffer
  timeoutMs?: number
}

/** All that was heard of one call. */
export interface Heard {
  status: number | undefined
  body: string
  error: CallError | undefined
  /** `onEnd` and `onError` together: exactly one answer is what the pool promises. */
  answers: number
  settled: boolean
  /** Every call of the observer, in order: head, chunk, end, error (x), settled, and | where the caller cancelled. */
  sequence: string
}

export interface PoolHarness extends AsyncDisposable {
  pool: Pool
  /** What functions have logged. */
  readonly lines: { text: string | undefined }[]
  readonly events: LogLine[]
  /** Living instances, blanks included. */
  pids(): number[]
  version(name: string, limits?: Partial<FunctionVersion['limits']>): FunctionVersion
  /** The only function of an artifact, which lies in a folder of `sharedPaths`. */
  versionOf(artifact: Artifact): FunctionVersion
  /** Dispatches and, when it has settled, tells everything that was heard. */
  call(version: FunctionVersion, options?: CallOptions): Promise<Heard>
  start(
    version: FunctionVersion,
    options?: CallOptions,
  ): { heard: Heard; handle: CallHandle; settled: Promise<Heard> }
  close(): Promise<void>
}

/** The pool of a host with the real runtime in real processes. `functions`: ES modules by name. */
export async function createPoolHarness(
  functions: Record<string, string>,
  options: {
    sandbox?: SandboxSetting
    limits?: Partial<Limits>
    blanks?: number
    maxInstances?: number
    maxMemoryMb?: number
    /** What instances may see beside the harness's own folder. */
    sharedPaths?: string[]
  } = {},
): Promise<PoolHarness> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-harness-'))
  for (const [name, code] of Object.entries(functions)) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'main.mjs'), code)
  }
  const limits = {
    ...DEFAULT_LIMITS,
    blanks: options.blanks ?? 0,
    instancesPerHost: options.maxInstances ?? 64,
    hostMemoryMb: options.maxMemoryMb ?? 100_000,
    ...options.limits,
  }
  const settings = { ...parseSettings({ flags: {}, env: {} }), limits }
  const program = await locateRuntimeProgram()
  const events: LogLine[] = []
  const log = createListLog(events)
  const stops = new StopOrder(log)
  const sandbox = await openSandbox({
    setting: options.sandbox ?? 'auto',
    scratchDir: join(folder, '.scratch'),
    sharedPaths: [process.execPath, program, folder, ...(options.sharedPaths ?? [])],
  })
  stops.opened('sandbox', { destroy: () => sandbox.close() })
  const started: number[] = []
  const launch: Sandbox['launch'] = (how) => {
    const launched = sandbox.launch(how)
    if (launched.pid !== undefined) started.push(launched.pid)
    return launched
  }
  const ground = {
    settings,
    memory: createHostMemory(limits, { clock: monotonicNow, log }),
    services: { onAssign: () => ({}), onInstanceExit: () => undefined },
    log,
  }
  const counts = await openCounts({ isRead: false })
  const { pool, source } = openCompute(ground, { sandbox: { ...sandbox, launch }, program, counts }, stops)
  source.open()
  let lastRequest = 0

  const harness: PoolHarness = {
    pool,
    events,
    get lines() {
      return events.filter(({ event }) => event === 'user.log').map(({ message }) => ({ text: message }))
    },
    pids: () => started.filter(isAlive),
    version(name, own = {}) {
      const fn = resolveFunction(sampleFunction({ name, dir: name }), limits)
      const version = toFunctionVersion({ dir: folder }, fn, DEPLOY, {}, settings)
      return { ...version, limits: { ...version.limits, ...own } }
    },
    versionOf(artifact) {
      const fn = resolveFunction(artifact.manifest.functions[0]!, limits)
      return toFunctionVersion(artifact, fn, DEPLOY, {}, settings)
    },
    start(version, { method = 'GET', path = '/', headers = '', body, timeoutMs = 20_000 } = {}) {
      const heard: Heard = {
        status: undefined,
        body: '',
        error: undefined,
        answers: 0,
        settled: false,
        sequence: '',
      }
      const settled = Promise.withResolvers<Heard>()
      const requestId = `R${++lastRequest}`
      const handle = pool.dispatch(
        version,
        {
          requestId,
          method,
          url: `http://localhost${path}`,
          route: undefined,
          params: '',
          headers: `host: localhost\r\nx-nf-request-id: ${requestId}\r\n${headers}`,
          body,
          deadlineMs: monotonicNow() + timeoutMs,
          timeoutMs,
        },
        {
          onHead(head) {
            heard.sequence += 'h'
            heard.status = head.status
            heard.body += head.body
          },
          onChunk(bytes) {
            heard.sequence += 'c'
            heard.body += bytes
            handle.credit(bytes.length)
          },
          onEnd() {
            heard.sequence += 'e'
            heard.answers++
          },
          onError(error) {
            heard.sequence += 'x'
            heard.error = error
            heard.answers++
          },
          onSettled() {
            heard.sequence += 's'
            heard.settled = true
            settled.resolve(heard)
          },
        },
      )
      const cancel = (): void => {
        heard.sequence += '|'
        handle.cancel()
      }
      const credit = (bytes: number): void => handle.credit(bytes)
      return { heard, handle: { cancel, credit }, settled: settled.promise }
    },
    call: (version, callOptions) => harness.start(version, callOptions).settled,
    [Symbol.asyncDispose]: () => harness.close(),
    async close() {
      await stops.destroy()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return harness
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // it has ended
  }
}
