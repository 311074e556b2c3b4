import type { Clock } from '../../base/lib/index.ts'
import type { Log } from '../../base/log/index.ts'
import type { Limits } from '../../base/settings/index.ts'
import {
  type Call,
  type CallError,
  describeForLog,
  type FunctionVersion,
  type Pool,
  runToEnd,
} from '../../compute/pool/index.ts'
import { createMemoryQueue, type MemoryQueue, NETLIFY_DELAYS_MS } from '../queue/index.ts'

export interface BackgroundRun {
  version: FunctionVersion
  /** Its deadline counts for one attempt: every attempt gets a new one of the same length. */
  call: Call
}

/** What a run takes beside its request: the call, its promises and timers. */
const RUN_BYTES = 1024

/** Background functions: the queue hands each attempt to the pool the way the gateway hands a request. */
export function createBackgroundRuns(
  pool: Pick<Pool, 'dispatch'>,
  limits: Pick<Limits, 'backgroundRuns' | 'backgroundBytes'>,
  clock: Clock,
  log: Log,
): MemoryQueue<BackgroundRun> {
  return createMemoryQueue<BackgroundRun>({
    run: ({ version, call }) =>
      runOnce(pool, version, { ...call, deadlineMs: clock() + call.timeoutMs }, log),
    describe: ({ version, call }) => ({
      functionName: version.name,
      requestId: call.requestId,
      deployId: version.deployId,
    }),
    delaysMs: NETLIFY_DELAYS_MS,
    // A body can be a part of what was read from its connection: the whole of that is kept.
    sizeOf: ({ call: { body, headers, url } }) =>
      RUN_BYTES + headers.length + url.length + (body?.buffer.byteLength ?? 0),
    limits: { jobs: limits.backgroundRuns, bytes: limits.backgroundBytes },
    log,
  })
}

/** Resolves when the invocation has ended well, whatever it returned (runtime.md §7); rejects when it failed. */
async function runOnce(
  pool: Pick<Pool, 'dispatch'>,
  version: FunctionVersion,
  call: Call,
  log: Log,
): Promise<void> {
  const failed = await runToEnd(pool, version, call, (error) => logFailure(error, version, call, log))
  if (failed !== undefined) throw new Error(failed.code) // what it said of itself has been logged
}

/** As the gateway does for calls that somebody waits for. */
function logFailure(error: CallError, version: FunctionVersion, { requestId }: Call, log: Log): void {
  const { name: functionName, deployId } = version
  const { fields, message } = describeForLog(error)
  log.error({ event: 'invocation.failed', requestId, functionName, deployId, ...fields }, message)
}
