import type { Call, CallError } from '../instance/index.ts'
import type { FunctionVersion } from './function-version.ts'
import type { Pool } from './pool.ts'

/**
 * One call without a client, until its last `waitUntil` work is done. Its response is read and dropped.
 *
 * @param onError hears of a failure when it happens, which can be long before the call is settled.
 * @returns the failure, or undefined when the call ended well.
 */
export function runToEnd(
  pool: Pick<Pool, 'dispatch'>,
  version: FunctionVersion,
  call: Call,
  onError: (error: CallError) => void,
): Promise<CallError | undefined> {
  return new Promise((resolve) => {
    let failed: CallError | undefined
    const handle = pool.dispatch(version, call, {
      // The pool may call this before `dispatch` has returned the handle.
      onHead: (head) => queueMicrotask(() => handle.credit(head.body.length)),
      onChunk: (bytes) => handle.credit(bytes.length),
      onEnd: () => undefined,
      onError: (error) => {
        failed = error
        onError(error)
      },
      onSettled: () => resolve(failed),
    })
  })
}
