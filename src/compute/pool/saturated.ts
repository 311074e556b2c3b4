import type { Call, CallError } from '../instance/index.ts'

/** A caller that comes back after a second finds a line that has moved. */
const RETRY_AFTER_SECONDS = 1

/** What a call is told that finds no instance. */
export function describeSaturation(call: Call, why: string): CallError {
  return {
    code: 'POOL_SATURATED',
    failure: {
      errorType: 'Roost.PoolSaturated',
      errorMessage: `RequestId: ${call.requestId} Error: The function is busy: ${why}`,
      trace: [],
      phase: 'process',
    },
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  }
}
