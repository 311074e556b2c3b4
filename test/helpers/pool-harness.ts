import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monotonicNow } from '../../src/base/lib/index.ts'
import type { Log, LogFields } from '../../src/base/log/index.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/base/settings/index.ts'
import { Instance } from '../../src/compute/instance/index.ts'
import {
  type CallError,
  type CallHandle,
  createPool,
  type FunctionVersion,
  InstanceSource,
  type Pool,
  type UserLogLine,
} from '../../src/compute/pool/index.ts'
import { openSandbox, type SandboxSetting } from '../../src/compute/sandbox/index.ts'
import { locateRuntimeProgram } from '../../src/host/runtime-program.ts'

export interface CallOptions {
  method?: string
  path?: string
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
  lines: UserLogLine[]
  events: LogFields[]
  /** Living instances, blanks included. */
  pids(): number[]
  version(name: string, limits?: Partial<FunctionVersion['limits']>): FunctionVersion
  /** Dispatches and, when it has settled, tells everything that was heard. */
  call(version: FunctionVersion, options?: CallOptions): Promise<Heard>
  start(
    version: FunctionVersion,
    options?: CallOptions,
  ): { heard: Heard; handle: CallHandle; settled: Promise<Heard> }
  close(): Promise<void>
}

/** A pool with the real runtime in real processes. `functions`: ES modules by name. */
export async function createPoolHarness(
  functions: Record<string, string>,
  options: {
    sandbox?: SandboxSetting
    limits?: Partial<Limits>
    blanks?: number
    maxInstances?: number
    maxMemoryMb?: number
  } = {},
): Promise<PoolHarness> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-harness-'))
  for (const [name, code] of Object.entries(functions)) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'main.mjs'), code)
  }
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const program = await locateRuntimeProgram()
  const node = process.execPath
  const sandbox = await openSandbox({
    setting: options.sandbox ?? 'auto',
    scratchDir: join(folder, '.scratch'),
    sharedPaths: [node, program, folder],
  })
  const lines: UserLogLine[] = []
  const events: LogFields[] = []
  const record = (fields: LogFields): void => void events.push(fields)
  const log: Log = { debug: record, info: record, warn: record, error: record, child: () => log }
  const living = new Set<Instance>()
  let lastId = 0
  const launch = (): Instance => {
    const env = { PATH: '/usr/bin:/bin' }
    const instance = new Instance({
      id: `i${++lastId}`,
      process: sandbox.launch({ node, program, memoryMb: limits.memoryMb, env, network: 'all' }),
      limits,
      onLog: (line) => lines.push(line),
    })
    living.add(instance)
    return instance
  }
  const source = new InstanceSource({
    startBlank: launch,
    startFor: launch,
    isPlain: () => true,
    blanks: options.blanks ?? 0,
  })
  source.open()
  const pool = createPool({
    source,
    maxInstances: options.maxInstances ?? 64,
    busyNice: limits.busyNice,
    maxMemoryMb: options.maxMemoryMb ?? 100_000,
    clock: monotonicNow,
    log,
  })
  let lastRequest = 0

  const harness: PoolHarness = {
    pool,
    lines,
    events,
    pids: () =>
      [...living].filter((instance) => instance.state !== 'stopped').map((instance) => instance.pid!),
    version(name, own = {}) {
      const rootPath = join(folder, name)
      return {
        id: `d1/${name}`,
        name,
        deployId: 'd1',
        startEnv: {},
        folder: rootPath,
        network: 'all',
        assignment: {
          functionName: name,
          format: 'web',
          entryPath: join(rootPath, 'main.mjs'),
          rootPath,
          env: { PATH: '/usr/bin:/bin' },
          routes: [],
          constantHeaders: [],
          invocationMode: 'streaming',
          maxBufferedResponseBytes: limits.bufferedResponseBytes,
          memoryMb: limits.memoryMb,
          abortOnDisconnect: false,
          mode: 'production',
          extras: {},
        },
        limits: {
          concurrency: limits.concurrency,
          maxInstances: limits.instancesPerFunction,
          waitingLineLength: limits.waitingLineLength,
          waitingLineMs: limits.waitingLineMs,
          idleEvictionMs: limits.idleEvictionMs,
          memoryMb: limits.memoryMb,
          ...own,
        },
      }
    },
    start(version, { method = 'GET', path = '/', body, timeoutMs = 20_000 } = {}) {
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
          route: 0xffff,
          params: '',
          headers: `host: localhost\r\nx-nf-request-id: ${requestId}\r\n`,
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
      await pool.destroy()
      await sandbox.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return harness
}
